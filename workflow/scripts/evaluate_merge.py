"""Merge the checkpoints of each pair in memory, and evaluate the merged encoder on both tasks."""

from pathlib import Path

from mergeability.backbones.encoder import Encoder, to_arrays, to_device
from mergeability.datasets.splits import read_split
from mergeability.device import set_up_device
from mergeability.evaluation import evaluate_encoder, summarize_merge
from mergeability.files import read_json, read_tensors, write_json
from mergeability.joblog import job_log, progress
from mergeability.mergers import merge_checkpoints
from mergeability.naming import split_pair, tasks_of

with job_log(snakemake.log[0]):
    files, params, merger = snakemake.input, snakemake.params, snakemake.wildcards.merger
    device = set_up_device(snakemake.threads, snakemake.resources.gpu)
    encoder = Encoder(files.architecture, device)
    pretrained = to_device(read_tensors(files.pretrained), device)
    outputs = snakemake.output.evaluations
    pairs = [Path(output).stem for output in outputs]
    row = {task: number for number, task in enumerate(tasks_of(pairs))}
    for pair, output in progress(zip(pairs, outputs, strict=True), len(pairs), merger):
        tasks = split_pair(pair)
        checkpoints = {
            task: to_device(read_tensors(files.checkpoints[row[task]]), device) for task in tasks
        }
        merged = merge_checkpoints(pretrained, checkpoints, name=merger, **params.merging)
        encoder.load(to_arrays(merged))
        scores = {
            task: evaluate_encoder(
                encoder,
                encoder.read_head(files.heads[row[task]]),
                read_split(files.tests[row[task]]),
                params.batch_size,
            )
            for task in tasks
        }
        singles = {task: read_json(files.singles[row[task]])["accuracy"] for task in tasks}
        write_json(output, summarize_merge(merger, pair, scores, singles))
