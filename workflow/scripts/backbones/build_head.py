"""Build the zero-shot head of a task from its prompts and the text tower."""

from mergeability.backbones.architecture import build_clip, load_weights
from mergeability.backbones.heads import build_head
from mergeability.backbones.tokenizer import read_tokenizer
from mergeability.files import read_json, read_tensors, write_tensors
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    clip = build_clip(read_json(snakemake.input.architecture))
    load_weights(clip, read_tensors(snakemake.input.weights))
    tokenizer = read_tokenizer(read_json(snakemake.input.tokenizer))
    prompts = read_json(snakemake.input.classes)
    head = build_head(clip, tokenizer, prompts["class_names"], prompts["templates"])
    write_tensors(snakemake.output.head, {"weight": head.numpy()})
