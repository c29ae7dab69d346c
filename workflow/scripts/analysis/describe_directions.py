"""Which tasks are easily disturbed, which disturb, and how much of this is up to the pair."""

import pandas as pd

from mergeability.analysis.direction_effects import direction_effects, direction_shares
from mergeability.files import write_csv
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    table, target = pd.read_parquet(snakemake.input.table), snakemake.wildcards.target
    write_csv(snakemake.output.effects, direction_effects(table, target))
    write_csv(snakemake.output.shares, direction_shares(table, target))
