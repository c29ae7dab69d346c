"""Compute what a data-driven merger needs to know of a checkpoint beside its weights."""

from mergeability.backbones.encoder import Encoder
from mergeability.datasets.splits import read_split
from mergeability.device import set_up_device
from mergeability.files import read_tensors, write_tensors
from mergeability.joblog import job_log
from mergeability.merger_statistics import compute_statistics

with job_log(snakemake.log[0]):
    files, kind = snakemake.input, snakemake.wildcards.kind
    device = set_up_device(snakemake.threads, snakemake.resources.gpu)
    encoder = Encoder(files.architecture, device).load(read_tensors(files.checkpoint))
    statistics = compute_statistics(
        kind,
        encoder,
        encoder.read_head(files.head),
        read_split(files.samples),
        snakemake.params.batch_size,
    )
    write_tensors(snakemake.output.statistics, statistics, {"kind": kind})
