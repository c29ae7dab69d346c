"""Statistics of predictors over the mergers of several zoos."""

import pandas as pd

from mergeability.files import write_csv
from mergeability.joblog import job_log
from mergeability.prediction.over_zoos import compare_zoos

with job_log(snakemake.log[0]):
    summary, left_out = (
        pd.concat([pd.read_parquet(path).assign(zoo=path.split("/")[1]) for path in paths])
        for paths in (snakemake.input.summaries, snakemake.input.left_out)
    )
    table = compare_zoos(summary, left_out, snakemake.params.set_aside)
    write_csv(snakemake.output.table, table)
