"""Accuracy of checkpoints, and of the pretrained encoder, on the tasks of the checkpoints."""

from pathlib import Path

from mergeability.backbones.encoder import Encoder
from mergeability.datasets.splits import read_split
from mergeability.device import set_up_device
from mergeability.evaluation import evaluate_encoder
from mergeability.files import read_tensors, write_json
from mergeability.joblog import job_log
from mergeability.scores import summarize_single

with job_log(snakemake.log[0]):
    files, batch_size = snakemake.input, snakemake.params.batch_size
    device = set_up_device(snakemake.threads, snakemake.resources.gpu)
    encoder = Encoder(files.architecture, device)
    per_task = zip(
        files.checkpoints, files.heads, files.tests, snakemake.output.evaluations, strict=True
    )
    for checkpoint, head_file, test_file, output in per_task:
        head, test = encoder.read_head(head_file), read_split(test_file)
        zero_shot, fine_tuned = (
            evaluate_encoder(encoder.load(read_tensors(path)), head, test, batch_size)
            for path in (files.pretrained, checkpoint)
        )
        write_json(output, summarize_single(Path(output).stem, zero_shot, fine_tuned))
