"""Lay out a pretrained backbone that comes with the library."""

from mergeability.backbones.architecture import vision_weights
from mergeability.backbones.models import shipped_models, shipped_weights
from mergeability.files import read_tensors, write_json, write_tensors
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    model = shipped_models()[snakemake.params.model]
    weights = read_tensors(shipped_weights(snakemake.params.model))
    write_tensors(snakemake.output.weights, weights)
    write_tensors(snakemake.output.vision, vision_weights(weights))
    write_json(snakemake.output.tokenizer, model["tokenizer"])
    write_json(snakemake.output.architecture, model["architecture"])
