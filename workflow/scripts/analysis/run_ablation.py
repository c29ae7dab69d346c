"""Fit predictors again in several variants of one setting."""

from mergeability.analysis.ablation import make_variants, run_ablation
from mergeability.files import write_csv
from mergeability.joblog import job_log
from mergeability.prediction.pairs_table import read_by_merger, read_complete

with job_log(snakemake.log[0]):
    params, wildcards = snakemake.params, snakemake.wildcards
    variants = {
        predictor: make_variants(
            wildcards.ablation, **entry, metrics=params.metrics, families=params.families,
            **params.settings,
        )
        for predictor, entry in params.predictors.items()
    }  # fmt: skip
    table = run_ablation(
        read_by_merger(snakemake.input.tables),
        variants,
        ablation=wildcards.ablation,
        target=wildcards.target,
        only=read_complete(snakemake.input.get("complete")),
    )
    write_csv(snakemake.output.table, table)
