"""Sets with known structure, merged by one merger."""

from itertools import combinations

import numpy as np
import pandas as pd
from synthetic import make_pairs_table

from mergeability.sets.features import pairs_of
from mergeability.sets.names import set_name, split_set


def make_sets(n_tasks=9, size=3, seed=0, noise=0.1):
    """Pairs, sets of `size` whose loss is the mean loss of their pairs and noise, and singles."""
    pairs = make_pairs_table(n_tasks, noise=noise, seed=seed)
    known = pairs.set_index("pair")["normalized_accuracy"]
    tasks = sorted({*pairs["task_a"], *pairs["task_b"]})
    generator = np.random.default_rng(seed)
    rows = [
        {
            "merger": "mean",
            "set": name,
            "size": size,
            "normalized_accuracy": known[pairs_of(name)].mean() + 1e-4 * generator.normal(),
            "worst_normalized_accuracy": known[pairs_of(name)].min() + 1e-4 * generator.normal(),
        }
        for name in map(set_name, combinations(tasks, size))
    ]
    singles = pd.DataFrame(
        {
            "single_accuracy": np.linspace(0.7, 0.9, n_tasks),
            "zero_shot_ratio": np.linspace(0.6, 0.2, n_tasks),
        },
        index=tasks,
    )
    return pairs, pd.DataFrame(rows), singles


def change_outside(table, names, of):
    """The rows of `table` that share a task with the set `of`, their accuracies replaced."""
    inside = [bool(set(split_set(name)) & set(split_set(of))) for name in table[names]]
    changed = table.copy()
    columns = [column for column in table.columns if "normalized_accuracy" in column]
    changed.loc[inside, columns] = 0.123
    return changed
