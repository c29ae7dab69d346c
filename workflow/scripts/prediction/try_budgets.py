"""Fit one predictor to designs of few pairs of one merger, and test it on all others."""

import pandas as pd

from mergeability.files import write_frame
from mergeability.joblog import job_log
from mergeability.prediction.budget import Budget, try_budgets
from mergeability.prediction.pairs_table import read_complete
from mergeability.prediction.proxies import join_proxies, read_proxies

with job_log(snakemake.log[0]):
    files, params, target = snakemake.input, snakemake.params, snakemake.wildcards.target
    proxies = read_proxies(params.proxies, files.proxies)
    found, predictions = try_budgets(
        join_proxies(pd.read_parquet(files.table), proxies, target),
        params.method,
        params.parameters,
        Budget(**params.budget),
        target=target,
        metrics=params.metrics,
        seed=params.seed,
        proxies=params.proxies,
        only=read_complete(files.get("complete")),
    )
    write_frame(snakemake.output.table, found)
    write_frame(snakemake.output.predictions, predictions)
