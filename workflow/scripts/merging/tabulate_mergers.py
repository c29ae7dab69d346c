"""The normalised accuracies of all mergers side by side, best first."""

import pandas as pd

from mergeability.analysis.mergers import rank_mergers
from mergeability.files import write_csv
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    write_csv(snakemake.output.table, rank_mergers(pd.read_parquet(snakemake.input.table)))
