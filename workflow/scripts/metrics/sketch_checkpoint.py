"""Summarise checkpoints for the pair metrics: spectra, subspaces, activations, outputs, ..."""

from itertools import repeat
from pathlib import Path

from mergeability.device import set_up_device
from mergeability.files import write_tensors
from mergeability.joblog import job_log
from mergeability.metrics.sketching import DataFiles, read_sketch_inputs, sketch

with job_log(snakemake.log[0]):
    files, params = snakemake.input, snakemake.params
    device = set_up_device(snakemake.threads, snakemake.resources.gpu)
    probes = dict(zip(params.probed, files.get("probes", []), strict=True))
    heads, own = (
        files.get(name) or repeat(None, len(files.checkpoints)) for name in ("heads", "own")
    )
    for checkpoint, head, calibration, output in zip(
        files.checkpoints, heads, own, snakemake.output.sketches, strict=True
    ):
        task = Path(output).stem
        data = None
        if head:
            common = files.get("common", [])
            data = DataFiles(task, files.architecture, head, calibration, common, probes)
        subject = read_sketch_inputs(files.pretrained, checkpoint, data, device)
        parts = sketch(subject, params.settings, params.batch_size)
        write_tensors(output, parts, {"settings": params.settings, "task": task})
