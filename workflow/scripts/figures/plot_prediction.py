"""Held-out predictions against what merging gave, one panel per merger."""

import pandas as pd

from mergeability.figures.predicted_observed import plot_predicted_observed
from mergeability.figures.style import save
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    predictions = pd.concat([pd.read_parquet(path) for path in snakemake.input.predictions])
    figure = plot_predicted_observed(
        predictions,
        snakemake.wildcards.predictor,
        snakemake.wildcards.target,
        snakemake.params.in_target_units,
    )
    save(figure, snakemake.output)
