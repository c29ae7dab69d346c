"""What predictions are worth: choosing the merger of a pair, and the partner of a task."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from math import comb
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mergeability.prediction.comparison import ALL_MERGERS
from mergeability.prediction.correlation import Floats
from mergeability.prediction.fitting import FoldResult
from mergeability.prediction.jackknife import jackknife_interval, leave_out_tasks
from mergeability.prediction.registry import PREDICTORS, in_reading_order

# No predictor can have these names.
BEST_ON_AVERAGE = "best on average"
CHANCE = "chance"
ORACLE = "oracle"

PARTNERS_TRIED = [1, 5]
STATISTICS = ["achieved", "regret", "hit"]
_RANGES = {
    "achieved": (0.0, np.inf),
    "regret": (0.0, np.inf),
    "hit": (0.0, 1.0),
    "regret_difference": (-np.inf, np.inf),
}
COLUMNS = [
    "choice", "protocol", "strategy", "merger", "tries", "statistic", "n_tasks", "n_pairs",
    "value", "low", "high",
]  # fmt: skip

_ABOUT = {
    "protocol": "protocol", "predictor": "predictor", "method": "method", "level": "train_mean"
}  # fmt: skip
_KEY = ["held_out", "pair", "task_a", "task_b"]


def tabulate_predictions(results: Iterable[FoldResult]) -> pd.DataFrame:
    """The held-out predictions of many folds as one table, for `measure_choices`.

    Beside the columns of predictions: `protocol`, `predictor`, `method`, and `level`, the mean
    target of the pairs that the fold was trained on.
    """
    folds = list(results)
    lengths = [len(fold.predictions) for fold in folds]
    about = {
        name: np.repeat([fold.diagnostics[source] for fold in folds], lengths)
        for name, source in _ABOUT.items()
    }
    return pd.concat([fold.predictions for fold in folds], ignore_index=True).assign(**about)


def measure_choices(predictions: pd.DataFrame) -> pd.DataFrame:
    """What choices by held-out predictions achieve, in units of the target; columns `COLUMNS`.

    A choice ranks options by prediction, tries the best `tries` of them, and keeps what turns out
    best. Options are the mergers of a pair (choice `merger`), or the partners of a task under one
    merger (choice `partner`; merger `mean over mergers` averages over them). Per decision:

        achieved = largest target among the options tried
        regret   = largest target of all options - achieved, >= 0
        hit      = 1 where regret is 0, else 0

    `value` is the mean over decisions: over held-out pairs, or over tasks. `low` and `high` are
    95 % intervals by jackknife over tasks; leaving out a task removes its pairs, whichever task
    they were predicted for. `regret_difference` is regret less that of `best on average`, on the
    same decisions. Strategies are predictors and

    - `best on average`: the merger of the largest mean target over the fold's training pairs;
    - `chance`: the expected outcome of options drawn at random;
    - `oracle`: what there was to achieve.

    Under `loto` the task that looks for a partner is the held-out one, and its partners were seen;
    under `split` and `l2to` neither was. In `split`, one fit compares all partners, as for new
    checkpoints; in `l2to` every pair has a fit of its own, so that predictions are compared less
    `level`, their fold's training mean. Strategies that tell no partners apart are left out, and
    mergers are compared by predictors in units of the target only.
    """
    rows: list[dict[str, Any]] = []
    for protocol, group in predictions.groupby("protocol", sort=True):
        methods = dict(zip(group["predictor"], group["method"], strict=True))
        predictors = in_reading_order(methods)
        chosen = [*_merger_choices(group, predictors), *_partner_choices(group, predictors)]
        rows += [{"protocol": protocol, **row} for row in chosen]
    return pd.DataFrame(rows, columns=COLUMNS)


def outcomes(scores: Floats, observed: Floats, tries: int) -> Floats:
    """Outcomes (statistics, decisions), as `STATISTICS`, of trying the options of best scores.

    `scores` and `observed` (decisions, options), NaN where there is no such option; every decision
    has at least one. Of equal scores the first option wins.
    """
    tried = np.argsort(-scores, axis=1, kind="stable")[:, :tries]  # NaN comes last
    achieved = np.nanmax(np.take_along_axis(observed, tried, axis=1), axis=1)
    return _compare(achieved, observed)


def outcomes_by_chance(observed: Floats, tries: int) -> Floats:
    """Expected outcomes, as `outcomes`, of options drawn without replacement.

    Of n options sorted by target, the i-th smallest is the best of k drawn with probability
    C(i - 1, k - 1) / C(n, k).
    """
    results = []
    for options in observed:
        present = np.sort(options[np.isfinite(options)])
        n, k = len(present), min(tries, len(present))
        chances = np.array([comb(i, k - 1) for i in range(n)]) / comb(n, k)
        expected = chances @ present
        hit = chances[present == present[-1]].sum()
        results.append([expected, present[-1] - expected, hit])
    return np.array(results).T


def _compare(achieved: Floats, observed: Floats) -> Floats:
    best = np.nanmax(observed, axis=1)
    return np.stack([achieved, best - achieved, (achieved == best).astype(np.float64)])


def _merger_choices(rows: pd.DataFrame, predictors: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The choice of the merger, on the pairs that all predictors predicted for all mergers."""
    comparable = rows[[PREDICTORS[method].in_target_units for method in rows["method"]]]
    mergers = sorted(set(rows["merger"]))
    used = [name for name in predictors if name in set(comparable["predictor"])]
    if len(mergers) == 1 or not used:
        return
    wide = comparable.pivot_table(
        index=_KEY, columns=["predictor", "merger"], values=["predicted", "observed", "level"]
    ).dropna()
    if wide.empty:
        return
    value = {
        (kind, name): wide[kind][name][mergers].to_numpy(dtype=np.float64)
        for kind in ("predicted", "observed", "level")
        for name in used
    }
    observed = value["observed", used[0]]
    found = {name: outcomes(value["predicted", name], observed, 1) for name in used}
    found[BEST_ON_AVERAGE] = outcomes(value["level", used[0]], observed, 1)
    found[CHANCE] = outcomes_by_chance(observed, 1)
    found[ORACLE] = outcomes(observed, observed, 1)
    tasks = wide.index.to_frame()[["task_a", "task_b"]].to_numpy(dtype=np.str_)
    about = {"choice": "merger", "merger": ALL_MERGERS, "tries": 1}
    for name, outcome in found.items():
        difference = outcome[1] - found[BEST_ON_AVERAGE][1]
        columns = np.vstack([outcome, difference])
        measure = partial(_mean_of_decisions, columns)
        statistics = [*STATISTICS, "regret_difference"]
        yield from _rows({**about, "strategy": name}, statistics, tasks, measure)


def _partner_choices(rows: pd.DataFrame, predictors: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The choice of the partner, under each merger and as the mean over mergers."""
    for name in predictors:
        by_merger = {
            str(merger): _Partners(group)
            for merger, group in rows[rows["predictor"] == name].groupby("merger", sort=True)
        }
        telling = all(partners.telling for partners in by_merger.values())
        strategies = [name] if telling else []
        if name == predictors[-1]:  # they look at targets alone
            strategies += [CHANCE, ORACLE]
        for strategy in strategies:
            yield from _of_partners(by_merger, strategy)


def _of_partners(by_merger: "dict[str, _Partners]", strategy: str) -> Iterator[dict[str, Any]]:
    together = list(by_merger.values())
    groups = {merger: [partners] for merger, partners in by_merger.items()}
    if all(np.array_equal(together[0].tasks, partners.tasks) for partners in together):
        groups[ALL_MERGERS] = together
    for tries in PARTNERS_TRIED:
        about = {"choice": "partner", "strategy": strategy, "tries": tries}
        for merger, tables in groups.items():
            measure = partial(_mean_outcome, tables, strategy, tries)
            yield from _rows({**about, "merger": merger}, STATISTICS, tables[0].tasks, measure)


def _mean_outcome(
    tables: "Sequence[_Partners]", strategy: str, tries: int, kept: NDArray[np.bool_]
) -> Floats:
    """Means (statistics,) over tasks and over mergers that have the same rows."""
    means: Floats = np.mean([table.mean_outcome(strategy, tries, kept) for table in tables], axis=0)
    return means


def _mean_of_decisions(outcome: Floats, kept: NDArray[np.bool_]) -> Floats:
    return outcome[:, kept].mean(axis=1)


class _Partners:
    """Every task with its partners, under one predictor and merger.

    `tasks` (rows, 2) holds a task and its partner; the rest (rows,).
    """

    def __init__(self, rows: pd.DataFrame) -> None:
        about = rows.iloc[0]
        if about["protocol"] == "l2to" and PREDICTORS[about["method"]].in_target_units:
            rows = rows.assign(predicted=rows["predicted"] - rows["level"])
        both = pd.concat(
            [
                rows.assign(anchor=rows["task_a"], partner=rows["task_b"]),
                rows.assign(anchor=rows["task_b"], partner=rows["task_a"]),
            ]
        )
        if about["protocol"] == "loto":
            both = both[both["anchor"] == both["held_out"]]
        fold = "" if about["protocol"] == "l2to" else both["held_out"]
        both = both.assign(fold=fold).sort_values(["fold", "anchor", "partner"])
        self.tasks = both[["anchor", "partner"]].to_numpy(dtype=np.str_)
        self._row = both.groupby(["fold", "anchor"]).ngroup().to_numpy()
        self._column = both.groupby("partner").ngroup().to_numpy()
        self._score = both["predicted"].to_numpy(dtype=np.float64)
        self._observed = both["observed"].to_numpy(dtype=np.float64)
        self.telling = bool(both.groupby(["fold", "anchor"])["predicted"].agg(np.ptp).gt(0).any())

    def mean_outcome(self, strategy: str, tries: int, kept: NDArray[np.bool_]) -> Floats:
        """Means over tasks (statistics,) with the rows `kept`."""
        score, observed = self._matrix(self._score, kept), self._matrix(self._observed, kept)
        present = np.isfinite(observed).any(axis=1)
        score, observed = score[present], observed[present]
        if strategy == CHANCE:
            return outcomes_by_chance(observed, tries).mean(axis=1)
        score = observed if strategy == ORACLE else score
        return outcomes(score, observed, tries).mean(axis=1)

    def _matrix(self, values: Floats, kept: NDArray[np.bool_]) -> Floats:
        matrix = np.full((self._row.max() + 1, self._column.max() + 1), np.nan)
        matrix[self._row[kept], self._column[kept]] = values[kept]
        return matrix


def _rows(
    about: dict[str, Any],
    statistics: Sequence[str],
    tasks: NDArray[np.str_],
    measure: Callable[[NDArray[np.bool_]], Floats],
) -> Iterator[dict[str, Any]]:
    """One row per statistic, with its interval cut to what the statistic can be."""
    estimate = measure(np.ones(len(tasks), dtype=np.bool_))
    left_out = np.stack(leave_out_tasks(tasks, measure))
    low, high = jackknife_interval(estimate, left_out, limit=np.inf)
    counts = {
        "n_tasks": len(np.unique(tasks)), "n_pairs": len(np.unique(np.sort(tasks, axis=1), axis=0))
    }  # fmt: skip
    for i, statistic in enumerate(statistics):
        least, most = _RANGES[statistic]
        yield {
            **about,
            **counts,
            "statistic": statistic,
            "value": estimate[i],
            "low": max(low[i], least),
            "high": min(high[i], most),
        }
