"""Could a whole pipeline have scored as it did if its metrics belonged to other tasks?"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from mergeability.joblog import progress
from mergeability.naming import pair_name, stable_seed
from mergeability.prediction.fitting import fit_folds
from mergeability.prediction.skill import mean_defined

COLUMNS = [
    "target", "predictor", "merger", "n_pairs", "permutations", "validation_r",
    "null_mean", "null_sd", "null_95", "p_value",
]  # fmt: skip


def permute_metrics(
    table: pd.DataFrame, metrics: Sequence[str], permuted: Mapping[str, str]
) -> pd.DataFrame:
    """The pairs table with the metrics of pair (A, B) replaced by those of its image.

    `permuted` maps each task to another, one to one. What the metrics say of a set of pairs stays
    as it was, dependence between pairs that share a task included; it is said of other tasks.
    """
    images = [
        pair_name(permuted[a], permuted[b])
        for a, b in zip(table["task_a"], table["task_b"], strict=True)
    ]
    values = table.set_index("pair")[list(metrics)].reindex(images)
    return table.assign(**{metric: values[metric].to_numpy() for metric in metrics})


def permute_tasks(
    tables: Mapping[str, pd.DataFrame],
    predictors: Mapping[str, Mapping[str, Any]],
    *,
    target: str,
    metrics: Sequence[str],
    seed: int,
    refits: int,
    only: Collection[str] | None,
) -> pd.DataFrame:
    """Refit all LOTO folds with the metrics of permuted tasks; columns `COLUMNS`.

    `tables` holds the pairs table of each merger, `predictors` method and parameters of each.

    `p_value` = (1 + number of permutations with a validation r at least as large) / (1 +
    permutations): how often metrics that know nothing of these tasks, but are as many and as
    structured, do as well. One-sided. Predictors without metrics do not change under permutation
    and cannot be tested. Source: Mantel, Cancer Research 27, 1967, for the permutation of tasks.
    """
    rows = []
    for predictor, entry in predictors.items():
        for merger, table in sorted(tables.items()):
            numbers = progress(range(refits), refits, f"permuting tasks, {predictor}, {merger}")
            tested = _test(
                table,
                **entry,
                target=target,
                metrics=metrics,
                seed=seed,
                numbers=numbers,
                only=only,
            )
            rows.append({"target": target, "predictor": predictor, "merger": merger, **tested})
    return pd.DataFrame(rows, columns=COLUMNS)


def _test(
    table: pd.DataFrame,
    *,
    method: str,
    parameters: Mapping[str, Any],
    target: str,
    metrics: Sequence[str],
    seed: int,
    numbers: Iterable[int],
    only: Collection[str] | None,
) -> dict[str, Any]:
    """The null distribution of one merger, summed up; `numbers` are those of the permutations."""
    kept = table if only is None else table[table["pair"].isin(only)]
    tasks = sorted({*kept["task_a"], *kept["task_b"]})

    def validation_r(pairs: pd.DataFrame) -> float:
        folds = fit_folds(pairs, method, parameters, target=target, metrics=metrics, seed=seed)
        values = [fold.diagnostics["validation_r"] for fold in folds]
        return mean_defined(np.array(values, dtype=np.float64))

    values = []
    for number in numbers:
        drawn = np.random.default_rng(stable_seed("permutation", number, seed)).permutation(tasks)
        image = dict(zip(tasks, drawn.tolist(), strict=True))
        values.append(validation_r(permute_metrics(kept, metrics, image)))
    null = np.array(values)
    observed, defined = validation_r(kept), null[np.isfinite(null)]
    spread = (defined.mean(), defined.std(), np.quantile(defined, 0.95)) if len(defined) else ()
    return {
        "n_pairs": len(kept),
        "permutations": len(defined),
        "validation_r": observed,
        **dict(zip(("null_mean", "null_sd", "null_95"), map(float, spread), strict=False)),
        "p_value": (1 + int((defined >= observed).sum())) / (1 + len(defined)),
    }
