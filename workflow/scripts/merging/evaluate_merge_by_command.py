"""Merge checkpoints of pairs or sets, and evaluate each merge by the commands of its tasks."""

from pathlib import Path

from mergeability.checkpoints.recorded import open_recorded
from mergeability.commands import evaluate_merge
from mergeability.device import set_up_device
from mergeability.files import read_json, write_json
from mergeability.joblog import job_log, progress

with job_log(snakemake.log[0]):
    params, merger = snakemake.params, snakemake.wildcards.merger
    set_up_device(snakemake.threads, 0)
    base, checkpoints = open_recorded(snakemake.input.records)
    singles = {Path(path).stem: read_json(path)["accuracy"] for path in snakemake.input.singles}
    outputs = snakemake.output.evaluations
    for output in progress(outputs, len(outputs), merger):
        merged = Path(output).stem
        found = evaluate_merge(
            *(base, checkpoints, merger, merged, params.merging),
            *(params.commands, singles, snakemake.resources.tmpdir),
        )
        write_json(output, found)
