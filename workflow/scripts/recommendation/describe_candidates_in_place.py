"""Compute the metrics of all pairs of some checkpoints of any architecture."""

import pandas as pd

from mergeability.device import set_up_device
from mergeability.files import read_json, write_csv, write_frame
from mergeability.joblog import job_log
from mergeability.recommendation.candidate_changes import describe_candidates_in_place

with job_log(snakemake.log[0]):
    params = snakemake.params
    set_up_device(snakemake.threads, 0)
    left_out: dict[str, str] = {}
    metrics = describe_candidates_in_place(
        params.candidates,
        read_json(snakemake.input.base),
        params.families,
        params.settings,
        left_out,
    )
    write_frame(snakemake.output.metrics, metrics)
    reasons = pd.DataFrame(left_out.items(), columns=["candidate", "reason"])
    write_csv(snakemake.output.left_out, reasons)
