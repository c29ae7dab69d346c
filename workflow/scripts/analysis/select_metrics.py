"""Add metrics one by one, and remove them one by one."""

from mergeability.analysis.selection import select_metrics
from mergeability.files import write_csv
from mergeability.joblog import job_log
from mergeability.prediction.pairs_table import read_by_merger, read_complete

with job_log(snakemake.log[0]):
    table = select_metrics(
        read_by_merger(snakemake.input.tables),
        target=snakemake.wildcards.target,
        metrics=snakemake.params.metrics,
        only=read_complete(snakemake.input.get("complete")),
    )
    write_csv(snakemake.output.table, table)
