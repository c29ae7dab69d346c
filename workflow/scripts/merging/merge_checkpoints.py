"""Write a merged encoder, for use outside of the workflow."""

from mergeability.backbones.encoder import read_models, to_arrays, to_device
from mergeability.device import set_up_device
from mergeability.files import read_tensors, write_tensors
from mergeability.joblog import job_log
from mergeability.mergers import merge_checkpoints
from mergeability.naming import split_pair
from mergeability.tuning.search import tuned_settings

with job_log(snakemake.log[0]):
    params, merger = snakemake.params, snakemake.wildcards.merger
    device = set_up_device(snakemake.threads, snakemake.resources.gpu)
    merging = tuned_settings(params.merging, snakemake.input.get("tuning"))
    tasks = split_pair(snakemake.wildcards.pair)
    checkpoints, statistics = (
        read_models(dict(zip(tasks, paths, strict=False)), tasks, device)
        for paths in (snakemake.input.checkpoints, snakemake.input.get("statistics", []))
    )
    pretrained = to_device(read_tensors(snakemake.input.pretrained), device)
    merged = merge_checkpoints(
        pretrained, checkpoints, name=merger, statistics=statistics, **merging
    )
    provenance = {"tasks": tasks, **merging}
    write_tensors(snakemake.output.merged, to_arrays(merged), provenance)
