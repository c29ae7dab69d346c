"""Set every way to serve a set by one or two models beside what is predicted of it."""

import pandas as pd

from mergeability.files import write_csv
from mergeability.joblog import job_log
from mergeability.sets.decisions import tabulate_options
from mergeability.sets.prediction import PairPredictor

with job_log(snakemake.log[0]):
    files, params = snakemake.input, snakemake.params
    table = pd.read_csv(files.table)
    merged = table[table["merger"] == snakemake.wildcards.merger].set_index("set")
    options = tabulate_options(
        params.sets,
        merged["normalized_accuracy"].to_dict(),
        pd.read_parquet(files.pairs),
        {name: PairPredictor(**entry) for name, entry in params.predictors.items()},
        seed=params.seed,
    )
    write_csv(snakemake.output.options, options)
