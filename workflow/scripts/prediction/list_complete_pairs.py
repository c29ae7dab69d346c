"""List the pairs that have every metric, and every target of every merger."""

import pandas as pd

from mergeability.files import write_json
from mergeability.joblog import job_log
from mergeability.prediction.pairs_table import list_complete_pairs

with job_log(snakemake.log[0]):
    table = pd.read_parquet(snakemake.input.table)
    complete = list_complete_pairs(table, snakemake.params.metrics, snakemake.params.targets)
    write_json(snakemake.output.pairs, complete)
