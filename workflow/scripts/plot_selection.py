"""How often one predictor gives each metric a coefficient."""

import pandas as pd
from mergeability.figures.selection_frequency import plot_selection_frequency
from mergeability.figures.style import save
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    coefficients = pd.read_parquet(snakemake.input.coefficients)
    chosen = coefficients[
        (coefficients["predictor"] == snakemake.wildcards.predictor)
        & (coefficients["protocol"] == "loto")
    ]
    save(plot_selection_frequency(chosen, snakemake.params.families), snakemake.output)
