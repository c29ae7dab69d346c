"""Lay somebody's checkpoint beside its base; its weights stay where they are."""

from mergeability.files import read_json, write_json
from mergeability.joblog import job_log
from mergeability.recording import record_checkpoint

with job_log(snakemake.log[0]):
    base = read_json(snakemake.input.base)
    record = record_checkpoint(snakemake.wildcards.task, snakemake.params.source, base)
    write_json(snakemake.output.record, record)
