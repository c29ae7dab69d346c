"""Correlate predicted and real accuracies of sets, for all predictors and mergers."""

import pandas as pd

from mergeability.files import write_csv
from mergeability.joblog import job_log
from mergeability.sets.ranking_skill import correlate_sets

with job_log(snakemake.log[0]):
    predictions = pd.concat(map(pd.read_csv, snakemake.input.predictions), ignore_index=True)
    correlations = correlate_sets(predictions, len(snakemake.params.sets))
    write_csv(snakemake.output.correlations, correlations)
