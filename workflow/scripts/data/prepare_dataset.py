"""Draw both splits of a task of the embedded tiny zoo, and write its class names and prompts."""

from mergeability.datasets.splits import write_split
from mergeability.datasets.tiny.generate import generate_split
from mergeability.datasets.tiny.labels import TEMPLATES, class_names
from mergeability.files import write_json
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    task = snakemake.wildcards.task
    for split in ("train", "test"):
        images, labels = generate_split(task, split, snakemake.params.seed)
        write_split(snakemake.output[split], images, labels)
    write_json(
        snakemake.output.classes, {"class_names": class_names(task), "templates": list(TEMPLATES)}
    )
