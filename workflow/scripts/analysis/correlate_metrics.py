"""Correlate every metric alone with a target."""

import pandas as pd

from mergeability.analysis.correlations import correlate_metrics
from mergeability.files import write_csv
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    correlations = correlate_metrics(
        pd.read_parquet(snakemake.input.table),
        snakemake.wildcards.target,
        snakemake.params.metrics,
        **snakemake.params.settings,
    )
    write_csv(snakemake.output.correlations, correlations)
