"""Every family of metrics and merges on probe samples, on top of the finished miniature zoo."""

import pandas as pd
import pytest

from mergeability.files import read_json
from mergeability.metrics.registry import FAMILIES, metric_names

pytestmark = pytest.mark.slow

PAIR = "arrows__colours"


@pytest.fixture(scope="module")
def probed(built, tmp_path_factory):
    """A copy of the zoo with all families and with a predictor that merges; costs included."""
    workspace = built.copy(tmp_path_factory.mktemp("families") / "copy")
    config = workspace.config
    config["metrics"]["families"] = list(FAMILIES)
    config["zoos"]["mini"]["calibration"]["probe_samples"] = 20
    config["mergers"] = {"ties": config["mergers"]["ties"]}
    config["prediction"]["predictors"]["probe_merge"] = {"method": "probe_merge"}
    workspace.write_config()
    workspace.run(f"results/mini/probe_merges/ties/{PAIR}.json", "metrics", "costs")
    return workspace


def test_every_metric_is_a_number(probed):
    table = pd.read_parquet(probed / f"results/mini/metrics/{PAIR}.parquet")
    assert list(table["metric"]) == metric_names(FAMILIES)
    assert table["value"].notna().all()


def test_merges_are_tested_on_probe_samples(probed):
    tasks = read_json(probed / f"results/mini/probe_merges/ties/{PAIR}.json")["tasks"]
    assert sorted(tasks) == PAIR.split("__")
    for scores in tasks.values():
        correct = scores["accuracy"] * 20
        assert correct == pytest.approx(round(correct))


def test_costs_are_measured_of_every_family_and_merger(probed):
    folder = probed / "results/mini/benchmarks"
    families = pd.read_csv(folder / "family_cost.tsv", sep="\t")
    mergers = pd.read_csv(folder / "merger_cost.tsv", sep="\t")
    assert sorted(families["family"]) == sorted(FAMILIES)
    assert (families[["per_checkpoint", "per_pair"]] > 0).all(axis=None)
    assert list(mergers["merger"]) == ["ties"]
    assert (mergers["seconds"] > 0).all()
