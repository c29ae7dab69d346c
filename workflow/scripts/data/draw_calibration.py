"""Choose the training samples of a task on which data-driven metrics look at the encoders."""

from mergeability.datasets.calibration import draw_calibration
from mergeability.datasets.splits import write_split
from mergeability.datasets.validation import read_training
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    chosen = draw_calibration(
        read_training(snakemake.input.train, snakemake.input.get("validation")),
        snakemake.wildcards.task,
        snakemake.params.samples,
        snakemake.params.seed,
    )
    write_split(snakemake.output.samples, chosen.images, chosen.labels)
