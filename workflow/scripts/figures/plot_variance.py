"""Shares of task effects and of interaction in the variance of targets."""

import pandas as pd

from mergeability.figures.style import save
from mergeability.figures.variance_bars import plot_variance_bars
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    save(plot_variance_bars(pd.read_csv(snakemake.input.variance)), snakemake.output)
