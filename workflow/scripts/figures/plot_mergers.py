"""Mean and worst normalised accuracy of all mergers, best first."""

import pandas as pd

from mergeability.figures.merger_ranking import plot_merger_ranking
from mergeability.figures.style import save
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    save(plot_merger_ranking(pd.read_csv(snakemake.input.table)), snakemake.output)
