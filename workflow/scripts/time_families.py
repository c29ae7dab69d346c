"""Time every family of metrics alone, on two checkpoints of a zoo."""

from mergeability.device import set_up_device
from mergeability.files import write_csv
from mergeability.joblog import job_log
from mergeability.metrics.cost import time_families
from mergeability.metrics.subject import DataFiles, read_subject

with job_log(snakemake.log[0]):
    files = snakemake.input
    device = set_up_device(snakemake.threads, snakemake.resources.gpu)
    subjects = []
    for number, checkpoint in enumerate(files.checkpoints):
        data = None
        if files.get("own"):
            data = DataFiles(
                files.architecture, files.heads[number], files.own[number], files.common
            )
        subjects.append(read_subject(files.pretrained, checkpoint, data, device))
    table = time_families(subjects, snakemake.params.settings, snakemake.params.batch_size)
    write_csv(snakemake.output.table, table, float_format="%.6f")
