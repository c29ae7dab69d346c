"""Collect metrics and accuracies of all pairs and mergers of a zoo in one table."""

from mergeability.joblog import job_log
from mergeability.prediction.pairs_table import build_pairs_table, write_frame

with job_log(snakemake.log[0]):
    table = build_pairs_table(
        snakemake.input.metrics, snakemake.input.singles, snakemake.input.merges
    )
    write_frame(snakemake.output.table, table)
