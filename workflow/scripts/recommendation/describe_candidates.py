"""Compute the metrics of all pairs of some checkpoints, in whatever layout they come."""

import pandas as pd

from mergeability.device import set_up_device
from mergeability.files import write_csv, write_frame
from mergeability.joblog import job_log
from mergeability.metrics.sketching import DataFiles
from mergeability.recommendation.candidate_metrics import Candidate, describe_candidates

with job_log(snakemake.log[0]):
    files, params = snakemake.input, snakemake.params
    device = set_up_device(snakemake.threads, snakemake.resources.gpu)
    names = list(params.candidates)
    data = [None] * len(names)
    if files.get("heads"):
        owns = files.get("own", data)
        common = files.get("common", [])
        probes = dict(zip(names, files.get("probes", []), strict=False))
        data = [
            DataFiles(name, files.architecture, head, own, common, probes)
            for name, head, own in zip(names, files.heads, owns, strict=True)
        ]
    listed, fetched = zip(params.candidates.items(), data, strict=True), iter(files.manifests)
    left_out: dict[str, str] = {}
    metrics = describe_candidates(
        {n: Candidate(e.get("path") or next(fetched), e, own) for (n, e), own in listed},
        files.pretrained,
        params.families,
        params.settings,
        params.batch_size,
        device,
        snakemake.threads,
        left_out,
    )
    write_frame(snakemake.output.metrics, metrics)
    reasons = pd.DataFrame(left_out.items(), columns=["candidate", "reason"])
    write_csv(snakemake.output.left_out, reasons)
