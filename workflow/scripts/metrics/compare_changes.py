"""The metrics of pairs of checkpoints of any architecture, from sketches and weights."""

from pathlib import Path

from mergeability.checkpoints.recorded import open_recorded
from mergeability.device import set_up_device
from mergeability.files import write_table
from mergeability.joblog import job_log
from mergeability.metrics.change_pair import compare_changes
from mergeability.naming import split_pair

with job_log(snakemake.log[0]):
    set_up_device(snakemake.threads, 0)
    base, checkpoints = open_recorded(snakemake.input.records)
    sketches = {Path(path).stem: path for path in snakemake.input.sketches}
    for output in snakemake.output.metrics:
        tasks = split_pair(Path(output).stem)
        pair = {task: checkpoints[task] for task in tasks}
        values = compare_changes(base, pair, sketches, snakemake.params.families)
        names = dict(zip(("task_a", "task_b"), tasks, strict=True))
        write_table(output, [{**names, **value._asdict()} for value in values])
