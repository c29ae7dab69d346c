"""Rank correlations of predicted and real accuracies of sets, beside the published ones."""

import pandas as pd

from mergeability.figures.set_correlations import plot_set_correlations
from mergeability.figures.style import save
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    published = pd.read_csv(snakemake.input.published).iloc[0]
    figure = plot_set_correlations(
        pd.read_csv(snakemake.input.correlations), (published["lowest"], published["highest"])
    )
    save(figure, snakemake.output)
