"""One table of the metrics of all pairs, for zoos whose merges are not evaluated."""

from mergeability.files import write_csv
from mergeability.joblog import job_log
from mergeability.metrics.tabulation import tabulate_metrics

with job_log(snakemake.log[0]):
    write_csv(snakemake.output.table, tabulate_metrics(snakemake.input.metrics))
