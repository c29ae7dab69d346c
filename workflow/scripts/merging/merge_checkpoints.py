"""Write a merged encoder, for use outside of the workflow."""

from mergeability.backbones.encoder import Encoder, read_models, to_arrays, to_device
from mergeability.device import set_up_device
from mergeability.files import read_tensors, write_tensors
from mergeability.joblog import job_log
from mergeability.mergers import merge_checkpoints
from mergeability.naming import split_pair
from mergeability.task_examples import read_statistics
from mergeability.tuning.search import tuned_settings

with job_log(snakemake.log[0]):
    params, merger = snakemake.params, snakemake.wildcards.merger
    device = set_up_device(snakemake.threads, snakemake.resources.gpu)
    encoder = Encoder(snakemake.input.architecture, device)
    merging = tuned_settings(params.merging, snakemake.input.get("tuning"))
    tasks = split_pair(snakemake.wildcards.pair)
    files = {
        name: dict(zip(tasks, snakemake.input.get(name, []), strict=False))
        for name in ("checkpoints", "statistics", "calibration", "heads")
    }
    merged = merge_checkpoints(
        to_device(read_tensors(snakemake.input.pretrained), device),
        read_models(files["checkpoints"], tasks, device),
        name=merger,
        statistics=read_statistics(files, tasks, encoder, params.batch_size),
        **merging,
    )
    provenance = {"tasks": tasks, **merging}
    write_tensors(snakemake.output.merged, to_arrays(merged), provenance)
