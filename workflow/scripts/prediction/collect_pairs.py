"""Put the pairs tables of all mergers of a zoo into one."""

import pandas as pd

from mergeability.files import write_frame
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    tables = [pd.read_parquet(path) for path in snakemake.input.tables]
    table = pd.concat(tables).sort_values(["pair", "merger"], ignore_index=True)
    write_frame(snakemake.output.table, table)
