"""Coefficients of one predictor: their means and spread over folds."""

import pandas as pd
from mergeability.figures.coefficient_spread import plot_coefficient_spread
from mergeability.figures.style import save
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    coefficients = pd.read_parquet(snakemake.input.coefficients)
    chosen = coefficients[
        (coefficients["predictor"] == snakemake.wildcards.predictor)
        & (coefficients["protocol"] == "loto")
    ]
    save(plot_coefficient_spread(chosen, snakemake.params.families), snakemake.output)
