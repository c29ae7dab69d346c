"""How much of a target its tasks explain one by one, and how much only together."""

import pandas as pd

from mergeability.analysis.variance import decompose_variance
from mergeability.files import write_csv
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    table = pd.read_parquet(snakemake.input.table)
    write_csv(snakemake.output.variance, decompose_variance(table, snakemake.params.targets))
