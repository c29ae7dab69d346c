"""Heatmap of the normalised accuracy of all pairs under one merger."""

import pandas as pd

from mergeability.figures.accuracy_heatmap import plot_accuracy_heatmap
from mergeability.figures.style import save
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    table = pd.read_parquet(snakemake.input.table)
    save(plot_accuracy_heatmap(table, "normalized_accuracy"), snakemake.output)
