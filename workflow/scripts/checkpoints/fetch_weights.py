"""Fetch a file with weights from a hub, and write down which one came and where it lies."""

from mergeability.checkpoints.sources import write_manifest
from mergeability.hub import download_file
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    source = snakemake.params.source
    download = download_file(
        source["hub"],
        source["file"],
        revision=source.get("revision"),
        cache=snakemake.params.cache,
        sha256=source.get("sha256"),
    )
    write_manifest(
        snakemake.output.manifest,
        source["hub"],
        source["file"],
        download.revision,
        download.path,
        download.sha256,
    )
