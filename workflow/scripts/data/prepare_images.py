"""Turn the downloaded files of a task into both splits, and write its class names and prompts."""

from mergeability.datasets.hub.images import (
    class_names,
    downloaded_files,
    write_test_split,
    write_train_split,
)
from mergeability.datasets.hub.task import read_task
from mergeability.files import read_json, write_json
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    task = read_task(snakemake.input.task)
    files = downloaded_files(read_json(snakemake.input.manifest), snakemake.params.cache)
    names = class_names(task, files)
    settings = (task, files, snakemake.params.image_size, snakemake.threads)
    write_test_split(snakemake.output.test, *settings)
    write_train_split(snakemake.output.train, *settings)
    write_json(snakemake.output.classes, {"class_names": names, "templates": list(task.prompts)})
