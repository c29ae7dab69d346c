"""The reproduction shows several zoos side by side, and what decides that a metric is stable."""

from copy import deepcopy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from mergeability.reproduction.coefficients import stable_section
from mergeability.reproduction.evidence import MERGERS, Case, Paper, Results
from mergeability.reproduction.markdown import by_merger
from mergeability.workflow import paths
from mergeability.workflow.study import Study

ROOT = Path(__file__).parents[2]
TASKS = [f"task{number}" for number in range(6)]
RNG = np.random.default_rng(0)


class Wildcards(dict):
    """As Snakemake hands them over: names as attributes and as items."""

    __getattr__ = dict.__getitem__


def make_case(measured, coefficients):
    """A zoo of the paper with refits alone: coefficients of each metric, with a spread of 0.01."""
    rows = [
        {
            "target": "accuracy", "predictor": "recipe", "merger": merger, "metric": metric,
            "held_out": task, "value": value + 0.01 * RNG.normal(),
        }
        for merger in MERGERS
        for metric, value in coefficients.items()
        for task in TASKS
    ]  # fmt: skip
    nothing = dict.fromkeys(Results.__dataclass_fields__, pd.DataFrame())
    return Case.of_zoo(measured, Results(**nothing | {"refits": pd.DataFrame(rows)}), None)


def cells(table, name):
    (row,) = [line for line in table.splitlines() if line.startswith(f"| `{name}`")]
    return [cell.strip() for cell in row.strip("|").split("|")][1:]


def test_mergers_of_zoos_stand_together_and_what_one_lacks_is_a_dash():
    small = {"paper": pd.Series({"one": 1.0}), "ours": pd.Series({"one": 2.0, "two": 4.0})}
    large = {"ours": pd.Series({"one": 3.0, "two": 5.0})}
    table = by_merger({"small": small, "large": large}, ["two", "one"], 1)
    assert table.splitlines()[2:] == [
        "| `two` | small | – | 4.0 |",
        "| `two` | large | – | 5.0 |",
        "| `one` | small | 1.0 | 2.0 |",
        "| `one` | large | – | 3.0 |",
        "| mean | small | – | 3.0 |",
        "| mean | large | – | 4.0 |",
    ]


def test_the_released_coefficients_find_right_overlap_positive_everywhere():
    for zoo in ("ViT-B-16_AdamW", "ViT-B-32_AdamW"):
        released = Paper.of_zoo(zoo).tables["table03"]
        assert released.groupby("merger")["metric"].nunique().to_dict() == dict.fromkeys(
            MERGERS, 28
        )
        overlap = released[released["metric"] == "right_subspace_overlap_top_k"]
        assert (overlap["mean"] > 0).all()


def test_table_3_sets_signs_beside_those_of_the_authors():
    large = {"right_subspace_overlap_top_k": -1.0, "encoder_gradient_l2_distance": -1.0}
    small = large | {"encoder_gradient_l2_distance": 1.0}
    cases = [make_case("ViT-B-16_AdamW", large), make_case("ViT-B-32_AdamW", small)]
    table = stable_section(cases, "recipe", "accuracy").table
    authors, signs, share, clear, _, stable, _ = cells(table, "right_subspace_overlap_top_k")
    assert (authors, signs, stable) == ("10 +, 0 −", "0 +, 10 −", "yes")
    assert share.startswith("-0.5")
    assert clear == "10"
    authors, signs, _, _, _, stable, _ = cells(table, "encoder_gradient_l2_distance")
    assert (authors, signs, stable) == ("0 +, 10 −", "5 +, 5 −", "no")


@pytest.fixture
def published(shared_dir):
    config = yaml.safe_load((ROOT / "config/published.yaml").read_text())
    for zoo in config["zoos"].values():
        zoo["measurements"]["folder"] = str(shared_dir / "reference/measurements")
    return config


def test_a_reproduction_shows_the_measured_zoos_it_is_compared_with(published):
    study = Study(published)
    both = {"published": "ViT-B-16_AdamW", "published_b_32": "ViT-B-32_AdamW"}
    assert study.analysis.reproduced(Wildcards(zoo="published")) == both
    inputs = study.analysis.reproduction_inputs(Wildcards(zoo="published"))
    assert inputs["audit"] == [paths.AUDIT.format(zoo=zoo) for zoo in both]
    assert inputs["complete"] == [paths.COMPLETE_PAIRS.format(zoo=zoo) for zoo in both]
    assert inputs["recipes"] == ["results/comparisons/recipes/recipes.csv"]


def test_without_a_comparison_a_reproduction_shows_its_own_zoo(published):
    alone = deepcopy(published)
    del alone["comparisons"]
    analysis = Study(alone).analysis
    assert list(analysis.reproduced(Wildcards(zoo="published"))) == ["published"]
    assert analysis.reproduction_inputs(Wildcards(zoo="published"))["recipes"] == []
