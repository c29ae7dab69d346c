"""Fit one predictor on all leave-one-task-out folds of one merger."""

import pandas as pd
from mergeability.joblog import job_log
from mergeability.prediction.fitting import fit_folds, write_fold

with job_log(snakemake.log[0]):
    results = fit_folds(
        pd.read_parquet(snakemake.input.table),
        snakemake.params.method,
        snakemake.params.parameters,
        predictor=snakemake.wildcards.predictor,
        target=snakemake.wildcards.target,
        metrics=snakemake.params.metrics,
        seed=snakemake.params.seed,
    )
    files = zip(snakemake.output.predictions, snakemake.output.diagnostics, strict=True)
    for result, (predictions, diagnostics) in zip(results, files, strict=True):
        write_fold(result, predictions, diagnostics)
