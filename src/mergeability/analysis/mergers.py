"""Which merger keeps most: all mergers of a zoo side by side, on the same pairs."""

import numpy as np
import pandas as pd

from mergeability.analysis.pairs import TASKS, Floats, interval_over_tasks

COLUMNS = [
    "merger", "n_pairs", "mean", "mean_low", "mean_high", "sd",
    "worst_task", "worst_task_low", "worst_task_high", "least",
    "behind_best", "behind_best_low", "behind_best_high",
]  # fmt: skip
_INTERVALS = ["mean", "worst_task", "behind_best"]


def rank_mergers(table: pd.DataFrame) -> pd.DataFrame:
    """The normalised accuracies that each merger reaches, best mean first; columns `COLUMNS`.

    `table` is the pairs table of a zoo. All values are normalised accuracies (merged / fine-tuned,
    so above 1 where merging helps) or differences of them.

    - `mean`, `sd`: over the `n_pairs` pairs with a value, of the mean of their two tasks (`sd`
      divided by n - 1).
    - `worst_task`: mean over pairs of the lower of the two tasks; `least`: the lowest of all.
    - `behind_best`: mean of best merger minus this one, over the pairs that both have. Mergers are
      compared on the same pairs here, so this interval is the one to judge a difference by; that
      of two means which overlap can still leave no doubt. The best one was found on these pairs,
      which favours it slightly.

    `_low` and `_high` are 95 % intervals by jackknife over tasks (see `prediction.jackknife`).
    """
    mean, worst = (
        table.assign(value=values).pivot_table(
            index=["pair", *TASKS], columns="merger", values="value", dropna=False, observed=True
        )
        for values in (table["normalized_accuracy"], _worst_task(table))
    )
    best = str(mean.mean().sort_index().idxmax())
    rows = [_describe(mean[name], worst[name], mean[best]) | {"merger": name} for name in mean]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return frame.sort_values(["mean", "merger"], ascending=[False, True], ignore_index=True)


def _worst_task(table: pd.DataFrame) -> pd.Series:
    of_tasks = [table[f"accuracy_merged_{t}"] / table[f"accuracy_single_{t}"] for t in "ab"]
    return pd.concat(of_tasks, axis=1).min(axis=1, skipna=False)


def _describe(mean: pd.Series, worst: pd.Series, best: pd.Series) -> dict[str, object]:
    tasks = mean.index.to_frame()[TASKS].to_numpy(dtype=np.str_)
    values = np.column_stack([mean, worst, best - mean]).astype(np.float64)
    intervals = interval_over_tasks(tasks, lambda kept: _means(values[kept]), limit=np.inf)
    named = {
        f"{name}{end}": numbers[column]
        for column, name in enumerate(_INTERVALS)
        for end, numbers in zip(("", "_low", "_high"), intervals, strict=True)
    }
    return named | {"n_pairs": int(mean.notna().sum()), "sd": mean.std(), "least": worst.min()}


def _means(values: Floats) -> Floats:
    """Means of the columns over their known values; NaN where there is none."""
    known = np.isfinite(values)
    counts = known.sum(axis=0)
    totals = np.where(known, values, 0.0).sum(axis=0)
    return np.where(counts > 0, totals / np.maximum(counts, 1), np.nan)
