"""Summarise a checkpoint for the pair metrics: spectra, subspaces, activations, gradients."""

from mergeability.device import set_up_device
from mergeability.files import write_tensors
from mergeability.joblog import job_log
from mergeability.metrics.subject import DataFiles, read_subject, sketch

with job_log(snakemake.log[0]):
    files, settings = snakemake.input, snakemake.params.settings
    device = set_up_device(snakemake.threads, snakemake.resources.gpu)
    data = None
    if files.get("own"):
        data = DataFiles(files.architecture, files.head, files.own, files.common)
    subject = read_subject(files.pretrained, files.checkpoint, data, device)
    parts = sketch(subject, settings, snakemake.params.batch_size)
    write_tensors(snakemake.output.sketch, parts, {"settings": settings})
