"""Average what predictors learned from few merges over designs, with intervals."""

import pandas as pd

from mergeability.files import write_csv
from mergeability.joblog import job_log
from mergeability.prediction.budget import learning_curve
from mergeability.prediction.merger_choice import regret_of_mergers

with job_log(snakemake.log[0]):
    files, params = snakemake.input, snakemake.params
    groups = zip(params.groups, files.tables, strict=True)
    curve = learning_curve((*group, pd.read_parquet(table)) for group, table in groups)
    write_csv(snakemake.output.table, curve)
    compared = zip(params.compared, files.predictions, strict=True)
    mergers = regret_of_mergers((*group, pd.read_parquet(table)) for group, table in compared)
    write_csv(snakemake.output.mergers, mergers)
