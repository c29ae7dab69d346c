"""Predict the pairs of a zoo that were not merged from those that were."""

import pandas as pd

from mergeability.files import write_frame
from mergeability.joblog import job_log
from mergeability.prediction.completion import complete_pairs
from mergeability.prediction.proxies import join_proxies, read_proxies

with job_log(snakemake.log[0]):
    params, about = snakemake.params, snakemake.params.predictor
    proxies = read_proxies(about["proxies"], snakemake.input.proxies)
    completed = complete_pairs(
        join_proxies(pd.read_parquet(snakemake.input.table), proxies, params.target),
        about["method"],
        about["parameters"],
        target=params.target,
        metrics=about["metrics"],
        seed=params.seed,
        proxies=about["proxies"],
    )
    write_frame(snakemake.output.table, completed)
