"""Build the zero-shot heads of tasks from their prompts and the text tower."""

from mergeability.backbones.architecture import build_clip, load_weights
from mergeability.backbones.heads import build_head
from mergeability.backbones.tokenizer import read_tokenizer
from mergeability.files import read_json, read_tensors, write_tensors
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    clip = build_clip(read_json(snakemake.input.architecture))
    load_weights(clip, read_tensors(snakemake.input.weights))
    tokenizer = read_tokenizer(read_json(snakemake.input.tokenizer))
    for classes, output in zip(snakemake.input.classes, snakemake.output.heads, strict=True):
        prompts = read_json(classes)
        head = build_head(clip, tokenizer, prompts["class_names"], prompts["templates"])
        write_tensors(output, {"weight": head.numpy()})
