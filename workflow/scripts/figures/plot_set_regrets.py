"""What each way to choose among two models loses against the best choice."""

import pandas as pd

from mergeability.figures.set_regrets import plot_set_regrets
from mergeability.figures.style import save
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    save(plot_set_regrets(pd.read_csv(snakemake.input.regrets)), snakemake.output)
