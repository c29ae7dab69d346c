"""Predicted against real accuracies of sets, one panel per merger."""

import pandas as pd

from mergeability.figures.set_predictions import plot_set_predictions
from mergeability.figures.style import save
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    predictions = pd.concat(map(pd.read_csv, snakemake.input.predictions), ignore_index=True)
    save(plot_set_predictions(predictions, snakemake.wildcards.predictor), snakemake.output)
