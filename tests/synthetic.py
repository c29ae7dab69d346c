"""Pairs tables with known structure."""

import numpy as np
import pandas as pd

from mergeability.naming import all_pairs, split_pair
from mergeability.prediction.registry import PREDICTORS

METRICS = [f"metric_{letter}" for letter in "abcdef"]


def metrics_for(method: str) -> list[str]:
    """The metrics that a method is given in tests: all, one, or none."""
    if PREDICTORS[method].one_column:
        return METRICS[:1]
    return METRICS if PREDICTORS[method].uses_metrics else []


def make_pairs_table(
    n_tasks: int = 8, mergers: tuple[str, ...] = ("mean",), noise: float = 0.3, seed: int = 0
) -> pd.DataFrame:
    """A pairs table in which `metric_a` raises and `metric_b` lowers the target, amid noise."""
    generator = np.random.default_rng(seed)
    tasks = [f"task{number:02d}" for number in range(n_tasks)]
    single = dict(zip(tasks, generator.uniform(0.7, 1.0, n_tasks), strict=True))
    rows = []
    for pair in all_pairs(tasks):
        task_a, task_b = split_pair(pair)
        values = generator.normal(size=len(METRICS))
        for merger in mergers:
            signal = values[0] - 0.5 * values[1] + noise * generator.normal()
            normalized = 0.9 + 0.02 * signal
            rows.append(
                {
                    "pair": pair,
                    "task_a": task_a,
                    "task_b": task_b,
                    "merger": merger,
                    "accuracy_single_a": single[task_a],
                    "accuracy_single_b": single[task_b],
                    "accuracy_merged_a": single[task_a] * normalized,
                    "accuracy_merged_b": single[task_b] * normalized,
                    "accuracy": (single[task_a] + single[task_b]) / 2 * normalized,
                    "normalized_accuracy": normalized,
                    "normalized_accuracy_a": normalized,
                    "normalized_accuracy_b": normalized,
                    **dict(zip(METRICS, values, strict=True)),
                }
            )
    return pd.DataFrame(rows)
