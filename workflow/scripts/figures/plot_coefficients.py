"""Coefficients of one predictor, metrics by mergers."""

from mergeability.figures.coefficient_heatmap import plot_coefficient_heatmap
from mergeability.figures.style import save
from mergeability.joblog import job_log
from mergeability.prediction.coefficients import read_loto_coefficients

with job_log(snakemake.log[0]):
    predictor, target = snakemake.wildcards.predictor, snakemake.wildcards.target
    shown = read_loto_coefficients(snakemake.input.coefficients, predictor)
    figure = plot_coefficient_heatmap(shown, snakemake.params.families, predictor, target)
    save(figure, snakemake.output)
