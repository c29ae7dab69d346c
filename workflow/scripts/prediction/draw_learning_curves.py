"""Average what predictors learned from few merges over designs, with intervals."""

import pandas as pd

from mergeability.files import write_csv
from mergeability.joblog import job_log
from mergeability.prediction.budget import learning_curve

with job_log(snakemake.log[0]):
    groups = zip(snakemake.params.groups, snakemake.input.tables, strict=True)
    curve = learning_curve((*group, pd.read_parquet(table)) for group, table in groups)
    write_csv(snakemake.output.table, curve)
