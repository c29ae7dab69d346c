"""The summary of all targets as CSV for programs and as text for the end of a run."""

import pandas as pd

from mergeability.files import write_csv, write_text
from mergeability.joblog import job_log
from mergeability.prediction.summary import summary_text

with job_log(snakemake.log[0]):
    summary = pd.concat([pd.read_parquet(path) for path in snakemake.input.summaries])
    write_csv(snakemake.output.table, summary, float_format="%.4f")
    write_text(snakemake.output.text, summary_text(summary) + "\n")
