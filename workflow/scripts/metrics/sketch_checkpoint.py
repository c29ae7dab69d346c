"""Summarise a checkpoint for the pair metrics: spectra, subspaces, activations, outputs, ..."""

from mergeability.device import set_up_device
from mergeability.files import write_tensors
from mergeability.joblog import job_log
from mergeability.metrics.sketching import DataFiles, read_sketch_inputs, sketch

with job_log(snakemake.log[0]):
    files, params, task = snakemake.input, snakemake.params, snakemake.wildcards.task
    device = set_up_device(snakemake.threads, snakemake.resources.gpu)
    data = None
    if files.get("head"):
        probes = dict(zip(params.probed, files.get("probes", []), strict=True))
        common = files.get("common", [])
        data = DataFiles(task, files.architecture, files.head, files.get("own"), common, probes)
    subject = read_sketch_inputs(files.pretrained, files.checkpoint, data, device)
    parts = sketch(subject, params.settings, params.batch_size)
    write_tensors(snakemake.output.sketch, parts, {"settings": params.settings, "task": task})
