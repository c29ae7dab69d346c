"""Rank correlations of predicted and real accuracies of sets, beside the published ones."""

import pandas as pd

from mergeability.figures.set_correlations import plot_set_correlations
from mergeability.figures.style import save
from mergeability.joblog import job_log
from mergeability.paper_tables import paper_tables

with job_log(snakemake.log[0]):
    published = paper_tables()["subset_ranking_range"].iloc[0]
    figure = plot_set_correlations(
        pd.read_csv(snakemake.input.correlations), (published["lowest"], published["highest"])
    )
    save(figure, snakemake.output)
