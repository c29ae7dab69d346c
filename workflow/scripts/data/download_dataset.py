"""Fetch the Parquet files of a task, and write down what came."""

from mergeability.datasets.hub.download import download_task
from mergeability.datasets.hub.task import read_task
from mergeability.files import write_json
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    task = read_task(snakemake.input.task)
    write_json(snakemake.output.manifest, download_task(task, snakemake.params.cache))
