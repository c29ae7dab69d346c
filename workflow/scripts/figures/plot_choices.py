"""Regret of choosing mergers and partners by prediction."""

import pandas as pd

from mergeability.figures.choice_regret import plot_choice_regret
from mergeability.figures.style import save
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    choices = pd.read_csv(snakemake.input.table)
    save(plot_choice_regret(choices, snakemake.wildcards.target), snakemake.output)
