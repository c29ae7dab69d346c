"""What decisions about sets gain and lose, by rule of choice and merger."""

from pathlib import Path

import pandas as pd

from mergeability.files import write_csv
from mergeability.joblog import job_log
from mergeability.sets.decisions import tabulate_regrets
from mergeability.sets.features import read_singles

with job_log(snakemake.log[0]):
    tables = {Path(path).stem: pd.read_csv(path) for path in snakemake.input.options}
    singles = read_singles(snakemake.input.singles)
    regrets = tabulate_regrets(tables, singles["single_accuracy"])
    write_csv(snakemake.output.regrets, regrets)
