"""The summary of all targets as CSV for programs and as text for the end of a run."""

import pandas as pd
from mergeability.files import atomic_path
from mergeability.joblog import job_log
from mergeability.prediction.summary import summary_text

with job_log(snakemake.log[0]):
    summary = pd.concat([pd.read_parquet(path) for path in snakemake.input.summaries])
    with atomic_path(snakemake.output.table) as temporary:
        summary.to_csv(temporary, index=False, float_format="%.4f")
    with atomic_path(snakemake.output.text) as temporary:
        temporary.write_text(summary_text(summary) + "\n", encoding="utf-8")
