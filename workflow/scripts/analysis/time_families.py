"""Time every family of metrics alone, on two checkpoints of a zoo."""

from mergeability.device import set_up_device
from mergeability.files import write_csv
from mergeability.joblog import job_log
from mergeability.metrics.cost import time_families
from mergeability.metrics.sketching import DataFiles, read_sketch_inputs

with job_log(snakemake.log[0]):
    files, params = snakemake.input, snakemake.params
    device = set_up_device(snakemake.threads, snakemake.resources.gpu)
    subjects = {}
    probes = dict(zip(params.probed, files.get("probes", []), strict=True))
    for number, (task, checkpoint) in enumerate(zip(params.tasks, files.checkpoints, strict=True)):
        data = None
        if files.get("heads"):
            own = files.own[number] if files.get("own") else None
            common, head = files.get("common", []), files.heads[number]
            data = DataFiles(task, files.architecture, head, own, common, probes)
        subjects[task] = read_sketch_inputs(files.pretrained, checkpoint, data, device)
    table = time_families(subjects, params.families, params.settings, params.batch_size)
    write_csv(snakemake.output.table, table, float_format="%.6f")
