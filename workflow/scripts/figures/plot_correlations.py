"""Correlations of single metrics with a target."""

import pandas as pd

from mergeability.figures.metric_correlations import plot_metric_correlations
from mergeability.figures.style import save
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    correlations = pd.read_csv(snakemake.input.correlations)
    save(plot_metric_correlations(correlations, snakemake.params.families), snakemake.output)
