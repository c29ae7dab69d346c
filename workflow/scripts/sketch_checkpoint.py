"""Summarise a checkpoint for the pair metrics: spectra, subspaces, activations, gradients."""

import numpy as np
from mergeability.backbones.encoder import Encoder, to_device
from mergeability.datasets.splits import read_split
from mergeability.device import set_up_device
from mergeability.files import read_tensors, write_tensors
from mergeability.joblog import job_log
from mergeability.metrics.sketch import CalibrationData, sketch_behaviour, sketch_weights
from mergeability.tensors import task_vector

with job_log(snakemake.log[0]):
    files, settings = snakemake.input, snakemake.params.settings
    device = set_up_device(snakemake.threads, snakemake.resources.gpu)
    pretrained = to_device(read_tensors(files.pretrained), device)
    weights = read_tensors(files.checkpoint)
    tau = task_vector(pretrained, to_device(weights, device), files.checkpoint)
    parts = sketch_weights(
        tau, settings["families"], settings["subspace_rank"], settings["spectrum_size"]
    )
    if files.get("own"):
        encoder = Encoder(files.architecture, device).load(weights)
        data = CalibrationData(
            own=read_split(files.own),
            head=encoder.read_head(files.head),
            common_images=np.concatenate([read_split(path).images for path in files.common]),
        )
        parts |= sketch_behaviour(encoder, data, settings["families"], snakemake.params.batch_size)
    write_tensors(snakemake.output.sketch, parts, {"settings": settings})
