"""Put the evaluations of all sets of a zoo into one table."""

from mergeability.files import write_csv
from mergeability.joblog import job_log
from mergeability.sets.tabulation import tabulate_sets

with job_log(snakemake.log[0]):
    write_csv(snakemake.output.table, tabulate_sets(snakemake.input.evaluations))
