"""Metrics of all pairs of a zoo whose merges are not evaluated."""

import pandas as pd

from mergeability.figures.screening_panels import plot_screening_panels
from mergeability.figures.style import save
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    save(plot_screening_panels(pd.read_csv(snakemake.input.table)), snakemake.output)
