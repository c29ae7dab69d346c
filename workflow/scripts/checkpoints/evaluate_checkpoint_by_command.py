"""Evaluate checkpoints, and their base, by the commands of their tasks."""

from pathlib import Path

from mergeability.checkpoints.recorded import open_recorded
from mergeability.commands import evaluate_checkpoint
from mergeability.device import set_up_device
from mergeability.files import write_json
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    set_up_device(snakemake.threads, 0)
    base, checkpoints = open_recorded(snakemake.input.records)
    for output in snakemake.output.evaluations:
        task = Path(output).stem
        command = snakemake.params.commands[task]
        scratch = snakemake.resources.tmpdir
        write_json(output, evaluate_checkpoint(base, task, checkpoints[task], command, scratch))
