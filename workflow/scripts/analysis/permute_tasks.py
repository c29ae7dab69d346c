"""Refit predictors with the metrics of permuted tasks."""

from mergeability.analysis.permutation_test import permute_tasks
from mergeability.files import write_csv
from mergeability.joblog import job_log
from mergeability.prediction.pairs_table import read_by_merger, read_complete

with job_log(snakemake.log[0]):
    table = permute_tasks(
        read_by_merger(snakemake.input.tables),
        snakemake.params.predictors,
        target=snakemake.wildcards.target,
        metrics=snakemake.params.metrics,
        only=read_complete(snakemake.input.get("complete")),
        **snakemake.params.settings,
    )
    write_csv(snakemake.output.table, table)
