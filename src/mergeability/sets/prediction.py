"""Predictions of what sets keep when they are merged, none of which has seen a task of the set."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from mergeability.sets.features import SINGLES, pairs_of, set_features
from mergeability.sets.held_out import HeldOutScores, score_pairs, score_sets
from mergeability.sets.names import SET_PREDICTOR, split_set
from mergeability.sets.size_scaling import extrapolate, growth_exponent
from mergeability.sets.tabulation import TARGETS

Growth = Mapping[str, Mapping[str, float]]  # exponents by target and set

PAIR_TARGET = "normalized_accuracy"
MEASURED_PAIRS = "measured_pairs"
COLUMNS = ["merger", "target", "predictor", "set", "observed", "predicted", "relative", "n_train"]


class PairPredictor(NamedTuple):
    """An entry of the config's predictors, in units of the target, with all its parameters."""

    method: str
    parameters: Mapping[str, Any]
    metrics: Sequence[str]


def predict_sets(
    sets: pd.DataFrame,
    pairs: pd.DataFrame,
    singles: pd.DataFrame,
    predictors: Mapping[str, PairPredictor],
    set_predictor: PairPredictor,
    *,
    seed: int,
) -> pd.DataFrame:
    """Every prediction of the sets of one merger, columns `COLUMNS`, sorted.

    `sets` holds rows of `table.tabulate_sets`, all of one size; `pairs` is the pairs table of the
    merger, `singles` what `features.read_singles` returns. Targets are the mean and the worst
    normalised accuracy of the tasks; the first is predicted by means, the second by minima, of

    - each of `predictors`: what it says of the pairs inside the set, learnt from the pairs that
      share no task with it. Of a linear one, the mean is also what it says of the set's mean
      metrics: learning on pairs and applying it to sets is the same thing;
    - `measured_pairs`: what merging every pair inside the set gave, a reference that costs merges;
    - `single_accuracy`, `zero_shot_ratio`: of the checkpoints (see `features`); nothing is learnt;

    and by `set_features`: `set_predictor` on mean, minimum and spread of the metrics of the pairs
    and of what is known of the single models, learnt from the sets that share no task with it.

    `predicted` is in units of the target where something was learnt or measured on merges: losses
    of pairs are scaled to the size of the set as `growth` says, learnt from sets that share no task
    with it (NaN where there are too few). `relative` is what correlations are to look
    at: learnt scores less the mean target of their training. That is the lower the better the set
    merges, so that without this a predictor which knows nothing else would correlate negatively.
    Sets that a predictor cannot predict have no row. `n_train` is 0 where nothing is learnt.
    """
    names = sets["set"].tolist()
    known = dict(zip(pairs["pair"], pairs[PAIR_TARGET], strict=True))
    growth = {
        kind: {n: growth_exponent(n, merged, known, aggregate) for n in names}
        for kind, aggregate in (("mean", np.mean), ("worst", np.min))
        for merged in [dict(zip(names, sets[TARGETS[kind]], strict=True))]
    }
    rows = [*_direct(names, pairs, singles, growth)]
    for predictor, (method, parameters, metrics) in sorted(predictors.items()):
        held_out = score_pairs(
            pairs, names, method, parameters, target=PAIR_TARGET, metrics=metrics, seed=seed
        )
        rows += _of_pairs(predictor, held_out, growth)
    of_pairs = pairs.set_index("pair")[sorted(set_predictor.metrics)]
    features = pd.concat(
        [
            set_features(names, of_pairs, _by_set(names, pairs_of)),
            set_features(names, singles, _by_set(names, split_set)),
        ],
        axis=1,
    )
    for kind, target in TARGETS.items():
        learnt = score_sets(
            sets, features, set_predictor.method, set_predictor.parameters, target=target, seed=seed
        )
        for name, (scores, train_mean, n_train) in learnt.items():
            value = scores[name]
            rows.append(_row(SET_PREDICTOR, kind, name, value, value - train_mean, n_train))
    table = pd.DataFrame(rows).assign(merger=sets["merger"].iloc[0])
    observed = {kind: sets.set_index("set")[target] for kind, target in TARGETS.items()}
    table["observed"] = [
        observed[kind][name] for kind, name in zip(table["target"], table["set"], strict=True)
    ]
    return table[COLUMNS].sort_values(["target", "predictor", "set"], ignore_index=True)


def _direct(
    names: Sequence[str], pairs: pd.DataFrame, singles: pd.DataFrame, growth: Growth
) -> Iterator[dict[str, Any]]:
    """The predictions that learn nothing."""
    measured = pairs.set_index("pair")[[PAIR_TARGET]]
    sources = [
        (MEASURED_PAIRS, set_features(names, measured, _by_set(names, pairs_of)), PAIR_TARGET),
        *((c, set_features(names, singles, _by_set(names, split_set)), c) for c in SINGLES),
    ]
    for predictor, features, column in sources:
        for kind, aggregate in (("mean", "mean"), ("worst", "min")):
            for name, value in features[f"{column}_{aggregate}"].dropna().items():
                predicted = (
                    extrapolate(value, len(split_set(str(name))), growth[kind][str(name)])
                    if predictor == MEASURED_PAIRS
                    else value
                )
                yield _row(predictor, kind, str(name), predicted, value, 0)


def _of_pairs(
    predictor: str, held_out: Mapping[str, HeldOutScores], growth: Growth
) -> Iterator[dict[str, Any]]:
    for name, (scores, train_mean, n_train) in held_out.items():
        values, size = list(scores.values()), len(split_set(name))
        for kind, value in (("mean", float(np.mean(values))), ("worst", min(values))):
            scaled = extrapolate(value, size, growth[kind][name])
            yield _row(predictor, kind, name, scaled, value - train_mean, n_train)


def _row(
    predictor: str, target: str, name: str, predicted: float, relative: float, n_train: int
) -> dict[str, Any]:
    return {
        "predictor": predictor, "target": target, "set": name,
        "predicted": predicted, "relative": relative, "n_train": n_train,
    }  # fmt: skip


def _by_set(names: Sequence[str], members: Any) -> dict[str, Sequence[str]]:
    return {name: members(name) for name in names}
