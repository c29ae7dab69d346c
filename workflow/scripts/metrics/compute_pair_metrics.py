"""Combine the sketches of two checkpoints into the metrics of their pair, pair by pair."""

from pathlib import Path

from mergeability.files import write_table
from mergeability.joblog import job_log
from mergeability.metrics.pair import compute_pair_metrics
from mergeability.naming import split_pair, tasks_of

with job_log(snakemake.log[0]):
    outputs = {Path(output).stem: output for output in snakemake.output.metrics}
    sketches = dict(zip(tasks_of(outputs), snakemake.input.sketches, strict=True))
    for pair, output in outputs.items():
        tasks = split_pair(pair)
        values = compute_pair_metrics(
            *(sketches[task] for task in tasks), snakemake.params.families, snakemake.threads
        )
        names = dict(zip(("task_a", "task_b"), tasks, strict=True))
        write_table(output, [{**names, **value._asdict()} for value in values])
