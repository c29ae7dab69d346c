"""Correlations between metrics, by groups."""

import pandas as pd

from mergeability.figures.redundancy_heatmap import plot_redundancy_heatmap
from mergeability.figures.style import save
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    redundancy = pd.read_csv(snakemake.input.redundancy)
    groups = pd.read_csv(snakemake.input.groups)
    save(plot_redundancy_heatmap(redundancy, groups), snakemake.output)
