"""Coefficients of one predictor, metrics by mergers."""

import pandas as pd
from mergeability.figures.coefficient_heatmap import plot_coefficient_heatmap
from mergeability.figures.style import save
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    predictor, target = snakemake.wildcards.predictor, snakemake.wildcards.target
    coefficients = pd.read_parquet(snakemake.input.coefficients)
    shown = coefficients[
        (coefficients["predictor"] == predictor) & (coefficients["protocol"] == "loto")
    ]
    figure = plot_coefficient_heatmap(shown, snakemake.params.families, predictor, target)
    save(figure, snakemake.output)
