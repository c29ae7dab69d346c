"""Choose the training samples of tasks on which data-driven metrics look at the encoders."""

from itertools import repeat
from pathlib import Path

from mergeability.datasets.calibration import draw_calibration
from mergeability.datasets.splits import write_split
from mergeability.datasets.validation import read_training
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    files, params = snakemake.input, snakemake.params
    validation = files.get("validation") or repeat(None, len(files.train))
    for train, left_out, output in zip(
        files.train, validation, snakemake.output.samples, strict=True
    ):
        examples = read_training(train, left_out)
        chosen = draw_calibration(examples, Path(output).stem, params.samples, params.seed)
        write_split(output, chosen.examples, chosen.labels)
