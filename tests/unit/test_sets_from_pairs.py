"""Sets foretold by pairs: the right merger, the right mean, and the published sets."""

import numpy as np
import pandas as pd
import pytest

from mergeability.measurements.folder import find_measurements
from mergeability.measurements.reader import read_measured_pairs, read_measured_sets
from mergeability.plugins import MERGERS as METHODS
from mergeability.sets.from_pairs import matching_merger, rank_measured_sets, score_sets, step


def entry(method, **given):
    return {"method": method, "parameters": METHODS.resolve(method, given)}


MERGERS = {
    "average": entry("weight_average"),
    "sum_03": entry("task_arithmetic", scale=0.3),
    "sum_05": entry("task_arithmetic", scale=0.5),
    "tsv": entry("tsv"),
    "dare": entry("dare", drop=0.9, scale=1.0),
}


@pytest.mark.parametrize(
    ("merger", "models", "expected"),
    [
        ("average", 5, 0.2),
        ("average", 2, 0.5),
        ("sum_03", 5, 0.3),
        ("dare", 4, 0.25),
        ("tsv", 5, None),
    ],
)
def test_steps(merger, models, expected):
    assert step(MERGERS[merger], models) == expected


def test_there_is_no_single_step_where_signs_are_elected_or_layers_scaled():
    assert step(entry("task_arithmetic"), 5) == 0.3
    assert step(entry("dare", elect=True), 5) is None
    scaled = entry("task_arithmetic")
    scaled["parameters"] |= {"layer_scaling": [0.5, 0.5]}
    assert step(scaled, 5) is None


@pytest.mark.parametrize(
    ("merger", "models", "expected"),
    [
        ("average", 5, "sum_03"), ("average", 2, "average"), ("sum_05", 5, "sum_05"),
        ("sum_03", 8, "sum_03"), ("tsv", 5, "tsv"), ("dare", 3, "sum_03"), ("dare", 2, "dare"),
    ],
)  # fmt: skip
def test_the_merger_whose_pairs_move_as_far(merger, models, expected):
    assert matching_merger(merger, MERGERS, models) == expected


def test_a_set_scores_the_mean_of_its_pairs():
    pairs = pd.DataFrame({"pair": ["a__b", "a__c", "b__c", "a__d"], "kept": [0.9, 0.8, 0.4, 1.0]})
    scores = score_sets(["a__b__c", "a__b__d"], pairs, "kept")
    assert scores[0] == pytest.approx(0.7)
    assert np.isnan(scores[1])


def test_pairs_of_the_smaller_backbone_rank_the_published_sets(shared_dir):
    folder = str(shared_dir / "reference/measurements")
    mergers = {
        "weight_average": entry("weight_average"), "tsv": entry("tsv"), "ties": entry("ties"),
        "task_arithmetic": entry("task_arithmetic", scale=0.3), "dare": entry("dare"),
    }  # fmt: skip
    names = tuple(sorted(mergers))
    found = {
        zoo: find_measurements({"folder": folder, "name": f"{zoo}_AdamW"}, names)
        for zoo in ("ViT-B-16", "ViT-B-32")
    }
    sets = {m: read_measured_sets(found["ViT-B-16"], m) for m in found["ViT-B-16"].sets}
    smaller = {m: read_measured_pairs(found["ViT-B-32"], m) for m in names}
    ranked = rank_measured_sets(sets, {"smaller": smaller}, mergers, "normalized_accuracy")
    matched = ranked[ranked["matched"]].set_index("merger")["spearman"]
    assert matched.drop(["tsv", "task_arithmetic"]).min() > 0.9
    assert matched["task_arithmetic"] > 0.85
    assert matched["tsv"] > 0.8
    own = ranked[~ranked["matched"]].set_index("merger")["spearman"]
    assert (matched[own.index] > own + 0.2).all()
