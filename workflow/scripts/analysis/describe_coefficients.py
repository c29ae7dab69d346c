"""What the coefficients of linear predictors have in common over mergers."""

import pandas as pd

from mergeability.analysis.fingerprints import agreement, contributions, stable_metrics
from mergeability.files import write_csv
from mergeability.joblog import job_log
from mergeability.prediction.coefficients import by_predictor, read_loto_coefficients

with job_log(snakemake.log[0]):
    coefficients = read_loto_coefficients(snakemake.input.coefficients)
    refits = pd.read_parquet(snakemake.input.refits)
    output, families = snakemake.output, snakemake.params.families
    write_csv(output.agreement, by_predictor(coefficients, agreement))
    write_csv(output.contributions, by_predictor(coefficients, contributions, families))
    write_csv(output.stable, by_predictor(refits, stable_metrics))
