"""Choose the training samples of a task on which data-driven metrics look at the encoders."""

from mergeability.datasets.calibration import draw_calibration
from mergeability.datasets.splits import read_split, write_split
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    chosen = draw_calibration(
        read_split(snakemake.input.train),
        snakemake.wildcards.task,
        **snakemake.params.settings,
    )
    write_split(snakemake.output.samples, chosen.images, chosen.labels)
