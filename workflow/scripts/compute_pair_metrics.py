"""Combine two sketches into the metrics of their pair."""

from mergeability.files import write_table
from mergeability.joblog import job_log
from mergeability.metrics.pair import compute_pair_metrics
from mergeability.naming import split_pair

with job_log(snakemake.log[0]):
    task_a, task_b = split_pair(snakemake.wildcards.pair)
    values = compute_pair_metrics(
        *snakemake.input.sketches, snakemake.params.families, snakemake.threads
    )
    write_table(
        snakemake.output.metrics,
        [{"task_a": task_a, "task_b": task_b, **value._asdict()} for value in values],
    )
