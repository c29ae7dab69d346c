"""How often one predictor gives each metric a coefficient."""

from mergeability.figures.selection_frequency import plot_selection_frequency
from mergeability.figures.style import save
from mergeability.joblog import job_log
from mergeability.prediction.coefficients import read_loto_coefficients

with job_log(snakemake.log[0]):
    chosen = read_loto_coefficients(snakemake.input.coefficients, snakemake.wildcards.predictor)
    save(plot_selection_frequency(chosen, snakemake.params.families), snakemake.output)
