"""Fetch a file of a hub, and write down which one and where it lies."""

from mergeability.checkpoints.sources import write_manifest
from mergeability.hub import download_file
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    params = snakemake.params
    download = download_file(
        params.repo,
        params.file,
        revision=params.revision,
        cache=params.cache,
        sha256=params.sha256,
    )
    write_manifest(
        snakemake.output.manifest,
        params.repo,
        params.file,
        download.revision,
        download.path,
        download.sha256,
    )
