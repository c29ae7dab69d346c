"""Choose the parameter of a merger that is tuned, on validation images of pairs."""

from mergeability.backbones.encoder import Encoder, to_device
from mergeability.device import set_up_device
from mergeability.files import read_tensors, write_json
from mergeability.joblog import job_log
from mergeability.naming import tasks_of
from mergeability.tuning.search import tune_merger

with job_log(snakemake.log[0]):
    params = snakemake.params
    device = set_up_device(snakemake.threads, snakemake.resources.gpu)
    files = {
        name: dict(zip(tasks_of(params.pairs), snakemake.input.get(name, []), strict=False))
        for name in ("checkpoints", "statistics", "calibration", "heads", "validation")
    }
    tuning = tune_merger(
        Encoder(snakemake.input.architecture, device),
        to_device(read_tensors(snakemake.input.pretrained), device),
        files,
        params.pairs,
        snakemake.wildcards.merger,
        params.merging,
        params.batch_size,
    )
    write_json(snakemake.output.tuning, tuning)
