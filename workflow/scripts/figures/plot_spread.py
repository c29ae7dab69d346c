"""Coefficients of one predictor: their means and spread over folds."""

from mergeability.figures.coefficient_spread import plot_coefficient_spread
from mergeability.figures.style import save
from mergeability.joblog import job_log
from mergeability.prediction.coefficients import read_loto_coefficients

with job_log(snakemake.log[0]):
    chosen = read_loto_coefficients(snakemake.input.coefficients, snakemake.wildcards.predictor)
    save(plot_coefficient_spread(chosen, snakemake.params.families), snakemake.output)
