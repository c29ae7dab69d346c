"""The statistic of a protocol for every predictor and merger, with intervals."""

import pandas as pd

from mergeability.figures.style import save
from mergeability.figures.validation_bars import plot_validation_bars
from mergeability.joblog import job_log
from mergeability.prediction.registry import PROTOCOLS

with job_log(snakemake.log[0]):
    summary = pd.read_parquet(snakemake.input.summary)
    protocol = snakemake.wildcards.protocol
    rows = summary[summary["protocol"] == protocol]
    save(plot_validation_bars(rows, PROTOCOLS[protocol].statistic), snakemake.output)
