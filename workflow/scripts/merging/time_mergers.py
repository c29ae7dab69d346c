"""Time every merger on a pair of checkpoints of a zoo."""

from mergeability.backbones.encoder import read_models, to_device
from mergeability.device import set_up_device
from mergeability.files import read_tensors, write_csv
from mergeability.joblog import job_log
from mergeability.mergers._cost import time_mergers

with job_log(snakemake.log[0]):
    params, files = snakemake.params, snakemake.input
    device = set_up_device(snakemake.threads, snakemake.resources.gpu)
    checkpoints, *statistics = (
        read_models(dict(zip("ab", files[name], strict=True)), "ab", device)
        for name in ("checkpoints", *params.statistics)
    )
    table = time_mergers(
        to_device(read_tensors(files.pretrained), device),
        checkpoints,
        dict(zip(params.statistics, statistics, strict=True)),
        params.mergers,
    )
    write_csv(snakemake.output.table, table, float_format="%.6f")
