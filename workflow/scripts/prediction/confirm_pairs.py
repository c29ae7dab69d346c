"""Put what merging gave in place of what was predicted."""

import pandas as pd

from mergeability.files import read_json, write_frame
from mergeability.joblog import job_log
from mergeability.prediction.completion import confirm_pairs

with job_log(snakemake.log[0]):
    merges = list(map(read_json, snakemake.input.merges))
    completed = pd.read_parquet(snakemake.input.table)
    confirmed = confirm_pairs(completed, merges, snakemake.params.target)
    write_frame(snakemake.output.table, confirmed)
