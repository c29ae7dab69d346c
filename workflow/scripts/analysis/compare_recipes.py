"""Compare the merges of zoos that differ in how they were fine-tuned."""

import pandas as pd

from mergeability.analysis.recipes import compare_recipes
from mergeability.files import write_csv
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    zoos = snakemake.params.zoos
    files = zip(zoos, snakemake.input.tables, strict=True)
    tables = {zoo: pd.read_parquet(path) for zoo, path in files}
    parts = [
        compare_recipes(tables, zoos[0], target).assign(target=target)
        for target in snakemake.params.targets
    ]
    write_csv(snakemake.output.table, pd.concat(parts))
