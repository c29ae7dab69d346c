"""What a predictor owes to one of its settings: the same folds, fitted in several variants."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from mergeability.prediction.fitting import fit_folds
from mergeability.prediction.skill import measure_groups
from mergeability.prediction.summary import summarize

COLUMNS = [
    "target", "ablation", "predictor", "variant", "merger", "n_metrics", "n_pairs",
    "train_r", "validation_r", "validation_r_sd", "validation_r_low", "validation_r_high",
]  # fmt: skip


@dataclass(frozen=True)
class Variant:
    """A predictor in one setting."""

    name: str
    method: str
    parameters: Mapping[str, Any]
    metrics: tuple[str, ...]
    seed: int


def make_variants(
    ablation: str,
    method: str,
    parameters: Mapping[str, Any],
    *,
    metrics: Sequence[str],
    families: Mapping[str, Sequence[str]],
    penalties: Sequence[float],
    seeds: int,
    seed: int,
) -> list[Variant]:
    """The variants of a predictor that an ablation compares, in reading order.

    `penalty` and `seed` vary these, over `penalties` and as many `seeds`; `without_family` leaves
    out one family of metrics at a time, `only_family` keeps one, and both start with all metrics.
    `families` maps each family to its metrics. Raises `ValueError` for another ablation.
    """
    base = Variant("all", method, parameters, tuple(metrics), seed)
    if ablation == "penalty":
        return [
            replace(base, name=f"{penalty:g}", parameters={**parameters, "penalty": penalty})
            for penalty in penalties
        ]
    if ablation == "seed":
        return [replace(base, name=str(number), seed=number) for number in range(seeds)]
    if ablation == "only_family":
        subsets = {family: tuple(members) for family, members in families.items()}
    elif ablation == "without_family":
        subsets = {
            family: tuple(metric for metric in metrics if metric not in members)
            for family, members in families.items()
        }
    else:
        raise ValueError(f"unknown ablation {ablation!r}")
    return [base, *(replace(base, name=n, metrics=m) for n, m in subsets.items() if m)]


def run_ablation(
    tables: Mapping[str, pd.DataFrame],
    variants: Mapping[str, Sequence[Variant]],
    *,
    ablation: str,
    target: str,
    only: Collection[str] | None,
) -> pd.DataFrame:
    """Leave-one-task-out correlations of every variant and merger; columns `COLUMNS`.

    `tables` holds the pairs table of each merger, `variants` those of each predictor. `n_metrics`
    is the mean number of metrics with a coefficient other than zero. Source: arXiv 2601.22285,
    Tables 4, 14, 19, 20; `only_family` is the converse of Table 4.
    """
    rows = [
        {"target": target, "ablation": ablation, "predictor": predictor, **row}
        for predictor, listed in variants.items()
        for row in _run(tables, listed, target, only)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _run(
    tables: Mapping[str, pd.DataFrame],
    variants: Sequence[Variant],
    target: str,
    only: Collection[str] | None,
) -> Iterator[dict[str, Any]]:
    for variant in variants:
        for _, table in sorted(tables.items()):
            folds = fit_folds(
                table,
                variant.method,
                variant.parameters,
                target=target,
                metrics=variant.metrics,
                seed=variant.seed,
                only=only,
            )
            summary = {
                str(key): value for key, value in summarize(measure_groups(folds)).iloc[0].items()
            }
            used = [
                sum(value != 0 for value in coefficients.values())
                for fold in folds
                if (coefficients := fold.diagnostics["coefficients"]) is not None
            ]
            yield summary | {
                "variant": variant.name,
                "n_metrics": sum(used) / len(used) if used else len(variant.metrics),
            }
