"""Bring somebody's checkpoint of the backbone into the layout of the zoo."""

from mergeability.checkpoints.importing import import_checkpoint
from mergeability.checkpoints.sources import locate
from mergeability.files import map_tensors, write_tensors
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    entry = snakemake.params.source
    source = locate(entry.get("path") or snakemake.input.source, entry.get("sha256"))
    imported = import_checkpoint(
        source.path, map_tensors(snakemake.input.pretrained), entry.get("allow_pickle", False)
    )
    provenance = {
        "task": snakemake.wildcards.task,
        "source": source.name,
        "sha256": source.sha256,
        "layout": imported.layout,
        "projection": imported.projection,
    }
    write_tensors(snakemake.output.checkpoint, imported.tensors, provenance)
