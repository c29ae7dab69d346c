"""Correlations of all predictors with intervals, their differences, and coefficients over folds."""

from mergeability.files import write_frame
from mergeability.joblog import job_log
from mergeability.prediction.comparison import compare_predictors
from mergeability.prediction.fitting import read_folds
from mergeability.prediction.summary import summarize, tabulate_coefficients

with job_log(snakemake.log[0]):
    files = zip(snakemake.input.predictions, snakemake.input.diagnostics, strict=True)
    results = [fold for pair in files for fold in read_folds(*pair)]
    write_frame(snakemake.output.summary, summarize(results))
    write_frame(snakemake.output.coefficients, tabulate_coefficients(results))
    write_frame(snakemake.output.comparison, compare_predictors(results))
