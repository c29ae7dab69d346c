"""Fit one predictor on all folds of one merger, under every protocol."""

from functools import partial

import pandas as pd

from mergeability.joblog import job_log
from mergeability.prediction.fitting import fit_folds, log_left_out, write_fold, write_folds
from mergeability.prediction.pairs_table import read_complete
from mergeability.prediction.proxies import join_proxies, read_proxies

with job_log(snakemake.log[0]):
    files, output, params = snakemake.input, snakemake.output, snakemake.params
    target = snakemake.wildcards.target
    proxies = read_proxies(params.proxies, files.proxies)
    others = read_proxies(params.others, files.others)
    table = join_proxies(pd.read_parquet(files.table), proxies, target)
    log_left_out(table, params.metrics)
    fit = partial(
        fit_folds,
        table,
        params.method,
        params.parameters,
        predictor=snakemake.wildcards.predictor,
        target=target,
        metrics=params.metrics,
        seed=params.seed,
        only=read_complete(files.get("complete")),
        proxies=params.proxies,
        others=others,
    )
    tasks = zip(output.predictions, output.diagnostics, strict=True)
    for result, (predictions, diagnostics) in zip(fit(protocol="loto"), tasks, strict=True):
        write_fold(result, predictions, diagnostics)
    pooled = zip(output.pooled_predictions, output.pooled_diagnostics, strict=True)
    for protocol, (predictions, diagnostics) in zip(params.protocols, pooled, strict=True):
        write_folds(fit(protocol=protocol), predictions, diagnostics)
