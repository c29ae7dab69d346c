"""Correlations of all predictors with intervals, and coefficients over folds."""

from mergeability.files import write_frame
from mergeability.joblog import job_log
from mergeability.prediction.fitting import read_fold
from mergeability.prediction.summary import summarize, tabulate_coefficients

with job_log(snakemake.log[0]):
    files = zip(snakemake.input.predictions, snakemake.input.diagnostics, strict=True)
    results = [read_fold(predictions, diagnostics) for predictions, diagnostics in files]
    write_frame(snakemake.output.summary, summarize(results))
    write_frame(snakemake.output.coefficients, tabulate_coefficients(results))
