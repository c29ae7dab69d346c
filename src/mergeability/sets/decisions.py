"""What to do with a set: merge it whole, or spend a second model on a part of it."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from mergeability.prediction.jackknife import jackknife_interval, leave_out_tasks
from mergeability.sets.features import pairs_of
from mergeability.sets.held_out import score_pairs
from mergeability.sets.names import set_name, split_set
from mergeability.sets.prediction import (
    MEASURED_PAIRS,
    PAIR_TARGET,
    PairPredictor,
)
from mergeability.sets.ranking_skill import task_names
from mergeability.sets.size_scaling import extrapolate, growth_exponent

Group = tuple[str, ...]
MEASURED = "measured"
RANDOM, RANDOM_SPLIT, LOWEST_SINGLE, MERGE_ALL = (
    "random", "random_split", "drop_lowest_single", "merge_all",
)  # fmt: skip


class Option(NamedTuple):
    """A way to serve the tasks of a set: the groups that are merged, one model each."""

    kind: str  # merge_all (one model), drop (one task keeps its own checkpoint) or split
    groups: tuple[Group, ...]

    @property
    def name(self) -> str:
        """The groups, a task alone being its own checkpoint."""
        return " | ".join("__".join(group) for group in self.groups)


def options(name: str) -> list[Option]:
    """Merging all of a set, and every way to serve it by two models: 2^(k-1) options."""
    tasks = split_set(name)
    found = [Option(MERGE_ALL, (tasks,))]
    for size in range(1, len(tasks) // 2 + 1):
        for part in combinations(tasks, size):
            rest = tuple(task for task in tasks if task not in part)
            if size < len(rest) or part < rest:  # each half once
                found.append(Option("drop" if size == 1 else "split", (part, rest)))
    return found


def tabulate_options(
    sets: Sequence[str],
    merged: Mapping[str, float],
    pairs: pd.DataFrame,
    predictors: Mapping[str, PairPredictor],
    *,
    seed: int,
) -> pd.DataFrame:
    """Mean normalised accuracy over the tasks of each set under each option, one merger.

    `merged` holds what merging each set, and each part of it, gave (set -> mean normalised
    accuracy); `pairs` is the pairs table of the merger. One row per set and option: set, option,
    kind, models; `measured`; `measured_pairs`, extrapolated from the merges of its pairs; and one
    column per predictor, from predicted pairs. Predictors and the growth of losses with the size of
    a group are learnt without any task of the set (NaN where that leaves too little). A task that
    keeps its own checkpoint counts 1.
    """
    known = dict(zip(pairs["pair"], pairs[PAIR_TARGET], strict=True))
    held_out = {
        predictor: score_pairs(
            pairs, sets, method, parameters, target=PAIR_TARGET, metrics=metrics, seed=seed
        )
        for predictor, (method, parameters, metrics) in sorted(predictors.items())
    }
    rows = []
    for name in sets:
        of_pairs = {MEASURED_PAIRS: known}
        of_pairs |= {p: by_set[name].scores for p, by_set in held_out.items() if name in by_set}
        exponent = growth_exponent(name, merged, known)
        for option in options(name):
            about = {
                "set": name, "option": option.name, "kind": option.kind,
                "models": len(option.groups), MEASURED: _value(option, {**known, **merged}),
            }  # fmt: skip
            rows.append(about | {p: _value(option, v, exponent) for p, v in of_pairs.items()})
    return pd.DataFrame(rows).reindex(
        columns=["set", "option", "kind", "models", MEASURED, MEASURED_PAIRS, *sorted(predictors)]
    )


def _value(option: Option, accuracies: Mapping[str, float], exponent: float | None = None) -> float:
    """Mean normalised accuracy over all tasks.

    From that of the groups, or, with an exponent, extrapolated from that of their pairs.
    """
    total = 0.0
    for group in option.groups:
        if len(group) == 1:
            total += 1.0
        elif exponent is None:
            total += len(group) * accuracies[set_name(group)]
        else:
            mean = np.mean([accuracies[pair] for pair in pairs_of(set_name(group))])
            total += len(group) * extrapolate(float(mean), len(group), exponent)
    return total / sum(map(len, option.groups))


def tabulate_regrets(
    tables: Mapping[str, pd.DataFrame], single_accuracy: pd.Series
) -> pd.DataFrame:
    """What each rule of choice gains, per merger: measured accuracy, and regret.

    `tables` maps mergers to results of `tabulate_options`, `single_accuracy` tasks to accuracies
    of their checkpoints. Rules with two models: the option that each predictor, or the measured
    pairs, think best; dropping the task of lowest single accuracy; a random option, and a random
    split without dropping, in expectation. With one model: merging all.

    Columns: merger, rule, models; `value`, the mean over sets of measured mean normalised accuracy;
    `regret`, that of the best option with as many models, less it, both with 95 % intervals by
    jackknife over tasks; `share_best`, how often the best was chosen (NaN for expectations);
    `n_sets`. Sets for which a rule has no prediction are left out of it.
    """
    rows = []
    for merger, table in sorted(tables.items()):
        chosen = pd.DataFrame(_choices(table, single_accuracy))
        for rule, group in chosen.groupby("rule", sort=False):
            rows.append({"merger": merger, "rule": rule} | _summary(group))
    return pd.DataFrame(rows)


def _choices(table: pd.DataFrame, single_accuracy: pd.Series) -> Iterator[dict[str, Any]]:
    """Of every set and rule, what the rule's choice gives and what it loses against the best."""
    about = {"set", "option", "kind", "models", MEASURED}
    predicted = [str(column) for column in table.columns if column not in about]
    for name, all_rows in table.groupby("set"):
        whole = all_rows[all_rows["models"] == 1]
        rows = all_rows[all_rows["models"] == 2].reset_index(drop=True)
        value, best = rows[MEASURED], float(rows[MEASURED].max())
        lowest = min(split_set(str(name)), key=lambda task: (single_accuracy[task], task))
        splits = value[rows["kind"] == "split"]
        known = [rule for rule in predicted if rows[rule].notna().all()]
        gained = {rule: float(value[int(rows[rule].argmax())]) for rule in known}
        gained[LOWEST_SINGLE] = float(value[rows["option"].str.startswith(f"{lowest} | ")].iloc[0])
        for rule, measured in gained.items():
            yield _choice(name, rule, 2, measured, best, float(measured == best))
        yield _choice(name, RANDOM, 2, float(value.mean()), best, np.nan)
        if len(splits):
            yield _choice(name, RANDOM_SPLIT, 2, float(splits.mean()), best, np.nan)
        only = float(whole[MEASURED].iloc[0])
        yield _choice(name, MERGE_ALL, 1, only, only, 1.0)


def _choice(
    name: Any, rule: str, models: int, measured: float, best: float, is_best: float
) -> dict[str, Any]:
    return {
        "set": name, "rule": rule, "models": models,
        "value": measured, "regret": best - measured, "is_best": is_best,
    }  # fmt: skip


def _summary(group: pd.DataFrame) -> dict[str, Any]:
    values = group[["value", "regret"]].to_numpy(dtype=np.float64)
    estimate = values.mean(axis=0)
    tasks = task_names(group)
    left_out = leave_out_tasks(
        tasks, lambda kept: values[kept].mean(axis=0) if kept.any() else np.full(2, np.nan)
    )
    low, high = jackknife_interval(estimate, np.stack(left_out), limit=np.inf)
    return {
        "models": int(group["models"].iloc[0]),
        "value": estimate[0], "value_low": low[0], "value_high": high[0],
        "regret": estimate[1], "regret_low": max(low[1], 0.0), "regret_high": high[1],
        "share_best": group["is_best"].mean(), "n_sets": len(group),
    }  # fmt: skip
