"""Differences between predictors and the baselines, averaged over mergers."""

import pandas as pd

from mergeability.figures.difference_forest import plot_difference_forest
from mergeability.figures.style import save
from mergeability.joblog import job_log
from mergeability.prediction.comparison import against_baselines

with job_log(snakemake.log[0]):
    comparison = pd.read_parquet(snakemake.input.comparison)
    rows = comparison[comparison["protocol"] == snakemake.wildcards.protocol]
    save(plot_difference_forest(against_baselines(rows)), snakemake.output)
