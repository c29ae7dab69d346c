"""Draw the weights of a small sentence encoder that was never pretrained."""

import torch

from mergeability.backbones.architecture import state_arrays
from mergeability.backbones.sentence_encoders import random_architecture
from mergeability.domains import domain_of
from mergeability.files import write_json, write_tensors
from mergeability.joblog import job_log
from mergeability.naming import stable_seed

with job_log(snakemake.log[0]):
    entry = snakemake.params.entry
    architecture = random_architecture(entry)
    torch.manual_seed(stable_seed("random encoder", entry["seed"]))
    tower = domain_of(architecture).build_tower()
    write_tensors(snakemake.output.encoder, state_arrays(tower))
    write_json(snakemake.output.architecture, architecture)
