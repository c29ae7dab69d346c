"""Build the zero-shot heads of tasks from their prompts and the pretrained weights."""

from mergeability.domains import domain_of
from mergeability.files import read_json, read_tensors, write_tensors
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    files = snakemake.input
    tokenizer = read_json(files.tokenizer) if files.get("tokenizer") else None
    domain = domain_of(read_json(files.architecture))
    build = domain.head_builder(read_tensors(files.weights), tokenizer)
    for classes, output in zip(files.classes, snakemake.output.heads, strict=True):
        prompts = read_json(classes)
        head = build(prompts["class_names"], prompts["templates"])
        write_tensors(output, {"weight": head.numpy()})
