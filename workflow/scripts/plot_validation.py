"""Validation r of every predictor and merger, with intervals."""

import pandas as pd
from mergeability.figures.style import save
from mergeability.figures.validation_bars import plot_validation_bars
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    save(plot_validation_bars(pd.read_parquet(snakemake.input.summary)), snakemake.output)
