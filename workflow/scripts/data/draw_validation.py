"""Choose the training samples of a task that fine-tuning leaves out, to tune mergers by."""

from mergeability.datasets.splits import read_split
from mergeability.datasets.validation import draw_validation, write_validation
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    params, train = snakemake.params, read_split(snakemake.input.train)
    rows = draw_validation(train, snakemake.wildcards.task, params.samples, params.seed)
    write_validation(snakemake.output.samples, train, rows)
