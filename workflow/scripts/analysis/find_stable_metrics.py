"""Metrics whose coefficients agree over the mergers of several zoos."""

import pandas as pd

from mergeability.analysis.fingerprints import stable_metrics
from mergeability.files import write_csv
from mergeability.joblog import job_log
from mergeability.prediction.coefficients import by_predictor, read_loto_coefficients

with job_log(snakemake.log[0]):
    tables = [
        read_loto_coefficients(path).assign(zoo=path.split("/")[1])
        for path in snakemake.input.coefficients
    ]
    write_csv(snakemake.output.table, by_predictor(pd.concat(tables), stable_metrics))
