"""Time every merger on a pair of checkpoints of a zoo."""

from mergeability.backbones.encoder import Encoder, read_models, to_device
from mergeability.device import set_up_device
from mergeability.files import read_tensors, write_csv
from mergeability.joblog import job_log
from mergeability.mergers._cost import time_mergers
from mergeability.plugins import EXAMPLES
from mergeability.task_examples import read_examples

with job_log(snakemake.log[0]):
    params = snakemake.params
    device = set_up_device(snakemake.threads, snakemake.resources.gpu)
    encoder = Encoder(snakemake.input.architecture, device)
    files = {
        name: dict(zip("ab", snakemake.input.get(name, []), strict=False))
        for name in ("checkpoints", "calibration", "heads", *params.statistics)
    }
    statistics = {kind: read_models(files[kind], "ab", device) for kind in params.statistics}
    table = time_mergers(
        to_device(read_tensors(snakemake.input.pretrained), device),
        read_models(files["checkpoints"], "ab", device),
        {**statistics, EXAMPLES: read_examples(files, "ab", encoder, params.batch_size)},
        params.mergers,
    )
    write_csv(snakemake.output.table, table, float_format="%.6f")
