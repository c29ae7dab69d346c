"""Merge the checkpoints of each pair or set in memory, and evaluate the merge on its tasks."""

from pathlib import Path

from mergeability.backbones.encoder import Encoder, read_models, to_device
from mergeability.device import set_up_device
from mergeability.evaluation import evaluate_tasks
from mergeability.files import read_json, read_tensors, write_json
from mergeability.joblog import job_log, progress
from mergeability.mergers import merge_checkpoints
from mergeability.scores import summarize_merge
from mergeability.sets.names import split_set
from mergeability.task_examples import read_statistics
from mergeability.tuning.search import tuned_settings

with job_log(snakemake.log[0]):
    params, merger = snakemake.params, snakemake.wildcards.merger
    device = set_up_device(snakemake.threads, snakemake.resources.gpu)
    encoder = Encoder(snakemake.input.architecture, device)
    size = params.batch_size
    pretrained = to_device(read_tensors(snakemake.input.pretrained), device)
    merging = tuned_settings(params.merging, snakemake.input.get("tuning"))
    outputs = {Path(output).stem: output for output in snakemake.output.evaluations}
    all_tasks = [Path(single).stem for single in snakemake.input.singles]
    files = {
        name: dict(zip(all_tasks, snakemake.input.get(name, []), strict=False))
        for name in ("checkpoints", "statistics", "calibration", "heads", "tests", "singles")
    }
    for name, output in progress(outputs.items(), len(outputs), merger):
        tasks = split_set(name)
        merged = merge_checkpoints(
            pretrained,
            read_models(files["checkpoints"], tasks, device),
            name=merger,
            statistics=read_statistics(files, tasks, encoder, size),
            **merging,
        )
        scores = evaluate_tasks(encoder.load(merged), files["heads"], files["tests"], tasks, size)
        singles = {task: read_json(files["singles"][task])["accuracy"] for task in tasks}
        write_json(output, summarize_merge(merger, name, scores, singles))
