"""Validation r of one predictor over the variants of an ablation."""

import pandas as pd

from mergeability.analysis.ablations import ABLATIONS
from mergeability.figures.ablation_lines import plot_ablation_lines
from mergeability.figures.style import readable, save
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    names = snakemake.wildcards
    table = pd.read_csv(snakemake.input.table, dtype={"variant": str})
    title = f"{readable(names.predictor)} on {readable(names.target)}"
    figure = plot_ablation_lines(
        table[table["predictor"] == names.predictor], title, ABLATIONS[names.ablation]
    )
    save(figure, snakemake.output)
