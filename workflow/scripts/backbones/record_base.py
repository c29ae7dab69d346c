"""Describe a base of any architecture by the content of its files, which stay where they are."""

from mergeability.files import write_json
from mergeability.joblog import job_log
from mergeability.recording import record_base

with job_log(snakemake.log[0]):
    write_json(snakemake.output.record, record_base(snakemake.params.source))
