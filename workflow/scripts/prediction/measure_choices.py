"""What choosing mergers and partners by held-out predictions achieves."""

from mergeability.analysis.choices import measure_choices, tabulate_predictions
from mergeability.files import write_csv
from mergeability.joblog import job_log
from mergeability.prediction.fitting import read_folds

with job_log(snakemake.log[0]):
    files = zip(snakemake.input.predictions, snakemake.input.diagnostics, strict=True)
    predictions = tabulate_predictions(fold for pair in files for fold in read_folds(*pair))
    write_csv(snakemake.output.table, measure_choices(predictions))
