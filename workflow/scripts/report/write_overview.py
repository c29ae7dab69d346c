"""What merging keeps in a zoo and how well that is foretold, as a page to read."""

from pathlib import Path

import pandas as pd

from mergeability.files import write_text
from mergeability.joblog import job_log
from mergeability.overview.page import render_overview

with job_log(snakemake.log[0]):
    files, params = snakemake.input, snakemake.params
    by_predictor = {}
    for file in files.folds:
        predictor = Path(file).relative_to(Path(files.summary).parent).parts[0]
        by_predictor.setdefault(predictor, []).append(pd.read_parquet(file))
    page = render_overview(
        snakemake.wildcards.zoo,
        params.target,
        params.protocol,
        pairs=pd.read_parquet(files.pairs),
        mergers=pd.read_csv(files.mergers),
        summary=pd.read_parquet(files.summary),
        comparison=pd.read_parquet(files.comparison),
        predictions={name: pd.concat(frames) for name, frames in by_predictor.items()},
        effects=pd.read_csv(files.effects),
        curve=pd.read_csv(files.curve) if files.get("curve") else None,
    )
    write_text(snakemake.output.page, page)
