"""Correlate metrics with one another, and group those that say the same."""

import pandas as pd

from mergeability.analysis.redundancy import correlate_metric_pairs, group_metrics
from mergeability.files import write_csv
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    table = pd.read_parquet(snakemake.input.table)
    redundancy = correlate_metric_pairs(table, snakemake.params.metrics)
    write_csv(snakemake.output.redundancy, redundancy)
    write_csv(snakemake.output.groups, group_metrics(redundancy, snakemake.params.threshold))
