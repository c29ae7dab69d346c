"""Predict what the sets of one merger keep, learning from nothing that shares a task with them."""

import pandas as pd

from mergeability.files import write_csv
from mergeability.joblog import job_log
from mergeability.sets.features import read_singles
from mergeability.sets.prediction import PairPredictor, predict_sets

with job_log(snakemake.log[0]):
    files, params = snakemake.input, snakemake.params
    table = pd.read_csv(files.table)
    of_merger = table[table["merger"] == snakemake.wildcards.merger]
    predictions = predict_sets(
        of_merger[of_merger["set"].isin(params.sets)].reset_index(drop=True),
        pd.read_parquet(files.pairs),
        read_singles(files.singles),
        {name: PairPredictor(**entry) for name, entry in params.predictors.items()},
        PairPredictor(**params.set_predictor),
        seed=params.seed,
    )
    write_csv(snakemake.output.predictions, predictions)
