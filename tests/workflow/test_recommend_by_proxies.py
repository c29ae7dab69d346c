"""Candidates that are ranked by measurements of others: plain tables, no backbone, no image."""

import numpy as np
import pandas as pd
import pytest
import yaml
from workspace import Workspace, miniature_config

from mergeability.files import write_tensors
from mergeability.naming import all_pairs, split_pair

TASKS = ["birds", "boats", "cars", "dogs", "flowers", "pets"]
MERGERS = ["ties", "tsv"]


def measured(folder, name, seed):
    """Plain tables of a zoo, and their entry in a config."""
    common, own = np.random.default_rng(0), np.random.default_rng(seed)
    rows = []
    for merger in MERGERS:
        for pair in all_pairs(TASKS):
            kept = common.uniform(0.5, 0.8, 2) + own.uniform(0, 0.02, 2)
            rows.append([*split_pair(pair), merger, *kept])
    columns = ["task_a", "task_b", "merger", "accuracy_a", "accuracy_b"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / f"{name}.csv", index=False)
    singles = pd.DataFrame({"task": TASKS, "accuracy": 0.8})
    singles.to_csv(folder / f"{name}_singles.csv", index=False)
    return {"measurements": {"pairs": f"{name}.csv", "singles": f"{name}_singles.csv"}}


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """A study of two measured zoos, and candidates that nothing can be computed of."""
    config = miniature_config()
    workspace = Workspace.create(tmp_path_factory.mktemp("elsewhere") / "study", config)
    config["zoos"] = {name: measured(workspace.folder, name, n) for n, name in enumerate("ab")}
    config["mergers"] = {name: config["mergers"][name] for name in MERGERS}
    workspace.write_config()
    tasks = {"mine": "birds", "yours": "dogs", "cars": "cars", "unheard": None}
    listed = {}
    for name, task in tasks.items():
        write_tensors(workspace / f"{name}.safetensors", {"x.weight": np.ones(2, np.float32)})
        listed[name] = {"path": f"{name}.safetensors"} | ({"task": task} if task else {})
    (workspace / "listed.yaml").write_text(yaml.safe_dump({"candidates": listed}))
    return workspace


def recommend(workspace, *options):
    return workspace.mergeability("recommend", "listed.yaml", "--cores", "1", *options)


def test_tasks_tell_where_no_weights_can_be_compared(elsewhere):
    result = recommend(elsewhere, "--proxies", "a", "b", "--design", "2")
    assert result.returncode == 0, result.stderr
    page = elsewhere / result.stdout.splitlines()[-1].removeprefix("Recommendation: ")
    assert page.is_relative_to(elsewhere / "results/a/recommendations")
    pairs = pd.read_parquet(page.with_name("pairs.parquet")).set_index(["pair", "merger"])
    assert set(pairs["proxies"]) == {"a, b"}
    assert len(pairs) == 3 * len(MERGERS)
    row = pairs.loc[("cars__mine", "ties")]
    known = [pd.read_csv(elsewhere / f"{zoo}.csv") for zoo in "ab"]
    known = [t[(t.task_a == "birds") & (t.task_b == "cars") & (t.merger == "ties")] for t in known]
    kept = [np.mean([t[f"accuracy_{end}"].iloc[0] / 0.8 for t in known]) for end in "ab"]
    columns = [f"predicted_normalized_accuracy_{end}" for end in "ab"]
    assert row[columns].tolist() == pytest.approx(kept[::-1])
    assert row["low"] < np.mean(kept) < row["high"]
    assert "3 pairs are not ranked." in result.stdout
    assert "Merge these 4 first: " in result.stdout
    design = pd.read_csv(page.with_name("design.csv"))
    assert len(design) == 4 * len(MERGERS)
    assert design[["accuracy_a", "accuracy_b"]].isna().all(axis=None)
    assert not list((elsewhere / "resources").glob("backbones"))


def test_mistakes_are_one_line(elsewhere):
    for options, message in [
        (("--proxies", "c"), "proxies: unknown 'c'"),
        (("--proxies", "a", "--zoo", "b"), "learn_from: merges of zoo b are not evaluated here"),
    ]:
        result = recommend(elsewhere, *options)
        assert result.returncode == 1
        assert len([line for line in result.stderr.splitlines() if message in line]) == 1
        assert "Traceback" not in result.stderr


def test_a_filled_design_comes_back_as_what_is_known(elsewhere):
    listed = yaml.safe_load((elsewhere / "listed.yaml").read_text())
    del listed["candidates"]["unheard"]
    lines = (
        "task_a,task_b,merger,accuracy_a,accuracy_b\nmine,cars,ties,0.4,0.6\ncars,yours,ties,,\n"
    )
    (elsewhere / "own.csv").write_text(lines)
    (elsewhere / "own_singles.csv").write_text("task,accuracy\nmine,0.8\ncars,0.8\nyours,0.8\n")
    listed |= {"proxies": ["a", "b"], "design": 1}
    listed["measured"] = {"pairs": "own.csv", "singles": "own_singles.csv"}
    (elsewhere / "known.yaml").write_text(yaml.safe_dump(listed))
    result = elsewhere.mergeability("recommend", "known.yaml", "--cores", "1")
    assert result.returncode == 0, result.stderr
    page = elsewhere / result.stdout.splitlines()[-1].removeprefix("Recommendation: ")
    pairs = pd.read_parquet(page.with_name("pairs.parquet")).set_index(["pair", "merger"])
    row = pairs.loc[("cars__mine", "ties")]
    assert row["evidence"] == "measured"
    assert row["predicted_normalized_accuracy"] == pytest.approx((0.4 + 0.6) / 2 / 0.8)
    assert (pairs.drop(index=("cars__mine", "ties"))["evidence"] == "proxies").all()
    assert (
        not (pd.read_csv(page.with_name("design.csv"))[["task_a", "task_b"]] == ["cars", "mine"])
        .all(axis=1)
        .any()
    )
