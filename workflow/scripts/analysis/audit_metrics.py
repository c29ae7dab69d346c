"""Check the metrics of a zoo against what they must be."""

import pandas as pd

from mergeability.analysis.audit import audit_metrics
from mergeability.analysis.vector_consistency import implied_norms
from mergeability.files import write_csv
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    table = pd.read_parquet(snakemake.input.table)
    write_csv(snakemake.output.audit, audit_metrics(table))
    write_csv(snakemake.output.norms, implied_norms(table))
