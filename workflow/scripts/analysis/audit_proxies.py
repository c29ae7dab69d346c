"""How well the proxies of a zoo agree with it and with one another, pair by pair."""

import pandas as pd

from mergeability.analysis.proxies import compare_proxies
from mergeability.files import write_csv
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    files = zip(snakemake.params.zoos, snakemake.input.tables, strict=True)
    tables = {zoo: pd.read_parquet(table) for zoo, table in files}
    write_csv(snakemake.output.table, compare_proxies(tables, snakemake.wildcards.target))
