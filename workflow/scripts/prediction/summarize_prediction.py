"""Correlations of all predictors with intervals, their differences, and coefficients over folds."""

from mergeability.files import write_frame
from mergeability.joblog import job_log
from mergeability.prediction.coefficients import tabulate_coefficients, tabulate_refits
from mergeability.prediction.comparison import compare_predictors
from mergeability.prediction.fitting import read_folds
from mergeability.prediction.skill import measure_groups
from mergeability.prediction.summary import summarize, tabulate_left_out

with job_log(snakemake.log[0]):
    files = zip(snakemake.input.predictions, snakemake.input.diagnostics, strict=True)
    results = [fold for pair in files for fold in read_folds(*pair)]
    groups = measure_groups(results)
    write_frame(snakemake.output.summary, summarize(groups))
    write_frame(snakemake.output.coefficients, tabulate_coefficients(results))
    write_frame(snakemake.output.refits, tabulate_refits(results))
    write_frame(snakemake.output.comparison, compare_predictors(groups))
    write_frame(snakemake.output.left_out, tabulate_left_out(groups))
