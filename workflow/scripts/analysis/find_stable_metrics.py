"""Metrics whose coefficients agree over the mergers of several zoos."""

import pandas as pd

from mergeability.analysis.fingerprints import stable_metrics
from mergeability.files import write_csv
from mergeability.joblog import job_log
from mergeability.prediction.coefficients import by_predictor

with job_log(snakemake.log[0]):
    tables = [
        pd.read_parquet(path).assign(zoo=path.split("/")[1]) for path in snakemake.input.refits
    ]
    write_csv(snakemake.output.table, by_predictor(pd.concat(tables), stable_metrics))
