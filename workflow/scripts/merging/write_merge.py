"""Write a merge of checkpoints of any architecture as a model in the form of its base."""

from pathlib import Path

from mergeability.checkpoints.recorded import open_recorded
from mergeability.device import set_up_device
from mergeability.joblog import job_log
from mergeability.merging import write_merge

with job_log(snakemake.log[0]):
    set_up_device(snakemake.threads, 0)
    base, checkpoints = open_recorded(snakemake.input.records)
    out, name = Path(snakemake.output.model), snakemake.wildcards.merger
    write_merge(base, checkpoints, out, name=name, **snakemake.params.merging)
