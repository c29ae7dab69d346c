"""How well each predictor does over the zoos of a comparison."""

import pandas as pd

from mergeability.figures.style import save
from mergeability.figures.zoo_forest import plot_zoo_forest
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    table, wildcards = pd.read_csv(snakemake.input.table), snakemake.wildcards
    rows = table[table["target"] == wildcards.target]
    save(plot_zoo_forest(rows[rows["protocol"] == wildcards.protocol]), snakemake.output)
