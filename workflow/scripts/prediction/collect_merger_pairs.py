"""Join metrics and accuracies of all pairs of a zoo that one merger merged."""

from mergeability.files import write_frame
from mergeability.joblog import job_log
from mergeability.prediction.pairs_table import build_pairs_table

with job_log(snakemake.log[0]):
    table = build_pairs_table(
        snakemake.input.metrics,
        snakemake.input.singles,
        snakemake.input.merges,
        snakemake.input.probes,
    )
    write_frame(snakemake.output.table, table)
