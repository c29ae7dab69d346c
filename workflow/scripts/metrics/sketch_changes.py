"""Summarise what checkpoints of any architecture change in their base, for the pair metrics."""

from pathlib import Path

from mergeability.checkpoints.recorded import open_recorded
from mergeability.device import set_up_device
from mergeability.files import write_tensors
from mergeability.joblog import job_log
from mergeability.metrics.change_sketch import sketch_changes

with job_log(snakemake.log[0]):
    set_up_device(snakemake.threads, 0)
    settings = snakemake.params.settings
    base, checkpoints = open_recorded(snakemake.input.records)
    for output in snakemake.output.sketches:
        task = Path(output).stem
        parts = sketch_changes(base, checkpoints[task], settings)
        write_tensors(output, parts, {"settings": settings, "task": task})
