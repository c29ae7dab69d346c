"""Accuracy of a checkpoint, and of the pretrained encoder, on the checkpoint's task."""

from mergeability.backbones.encoder import Encoder
from mergeability.datasets.splits import read_split
from mergeability.device import set_up_device
from mergeability.evaluation import evaluate_encoder, summarize_single
from mergeability.files import read_tensors, write_json
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    device = set_up_device(snakemake.threads, snakemake.resources.gpu)
    encoder = Encoder(snakemake.input.architecture, device)
    head = encoder.read_head(snakemake.input.head)
    test = read_split(snakemake.input.test)
    zero_shot, fine_tuned = (
        evaluate_encoder(encoder.load(read_tensors(path)), head, test, snakemake.params.batch_size)
        for path in (snakemake.input.pretrained, snakemake.input.checkpoint)
    )
    write_json(
        snakemake.output.evaluation,
        summarize_single(snakemake.wildcards.task, zero_shot, fine_tuned),
    )
