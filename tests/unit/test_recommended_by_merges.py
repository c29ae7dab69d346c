"""Candidates of which some pairs were merged already: these are known, and tell of the others."""

import numpy as np
import pandas as pd
import pytest
from synthetic import make_pairs_table

from mergeability.naming import all_pairs, split_pair
from mergeability.prediction.designs import design
from mergeability.prediction.problem import CONFIDENCE
from mergeability.recommendation.by_merges import read_merges, tell_by_merges
from mergeability.recommendation.by_proxies import Proxies
from mergeability.recommendation.cautions import cautions
from mergeability.recommendation.page import render_text
from mergeability.recommendation.ranking import recommend, table_to_fill

TARGET = "normalized_accuracy"
EACH = [f"{TARGET}_a", f"{TARGET}_b"]
TASKS = sorted({*make_pairs_table(10)["task_a"], *make_pairs_table(10)["task_b"]})
NEW = pd.DataFrame(map(split_pair, all_pairs(TASKS)), columns=["task_a", "task_b"]).assign(
    pair=all_pairs(TASKS)
)


def truth(seed, effects=0.03):
    """A pairs table with effects of tasks of its own, beside what it shares with other seeds."""
    shared, own = np.random.default_rng(0), np.random.default_rng(seed)
    table = make_pairs_table(10)
    kept = 0.85 + 0.03 * shared.normal(size=(len(table), 2))
    disturbed = dict(zip(TASKS, effects * own.normal(size=10), strict=True))
    kept += table[["task_a", "task_b"]].map(disturbed.get) + 0.003 * own.normal(size=kept.shape)
    table[EACH] = kept
    return table.assign(**{TARGET: table[EACH].mean(axis=1)})


def merged(table, pairs):
    """What is known when only some pairs were merged."""
    unknown = ~table["pair"].isin(pairs)
    return table.assign(**{name: table[name].mask(unknown) for name in (TARGET, *EACH)})


FIRST = design(TASKS, 2)
PROXIES = Proxies({"mean": {"small": truth(2)}}, {task: task for task in TASKS})


@pytest.fixture(scope="module")
def found():
    merges = {"mean": merged(truth(1), FIRST)}
    return recommend({}, NEW, None, PROXIES, merges=merges, partners=2)


def test_merges_are_known_and_no_longer_proposed(found):
    pairs = found.pairs.set_index("pair")
    known = pairs[pairs["evidence"] == "measured"]
    assert sorted(known.index) == FIRST
    observed = truth(1).set_index("pair").loc[known.index, [TARGET, *EACH]]
    columns = [f"predicted_{TARGET}", *[f"predicted_{each}" for each in EACH]]
    np.testing.assert_allclose(known[columns], observed)
    assert (known["low"] == known["high"]).all()
    assert found.first == []
    merges = {"mean": merged(truth(1), FIRST[:4])}
    half = recommend({}, NEW, None, PROXIES, merges=merges, partners=2)
    assert half.first == FIRST[4:]
    assert len(table_to_fill(half)) == len(FIRST) - 4


def test_the_others_are_told_better_than_by_proxies_alone(found):
    observed = truth(1).set_index("pair")[TARGET]
    alone = recommend({}, NEW, None, PROXIES)
    missed = {}
    for name, one in (("merges", found), ("proxies", alone)):
        rows = one.pairs.set_index("pair").drop(index=FIRST)
        assert set(rows["evidence"]) == {name}
        missed[name] = (rows[f"predicted_{TARGET}"] - observed).abs().mean()
    assert missed["merges"] < 0.6 * missed["proxies"]
    rows = found.pairs.set_index("pair").drop(index=FIRST)
    assert observed[rows.index].between(rows["low"], rows["high"]).mean() > CONFIDENCE - 0.15


def test_candidates_in_no_merge_stay_with_proxies():
    of_five = all_pairs(TASKS[:5])[:6]
    merges = {"mean": merged(truth(1), of_five)}
    rows = recommend({}, NEW, None, PROXIES, merges=merges).pairs
    seen = {task for pair in of_five for task in split_pair(pair)}
    inside = rows[["task_a", "task_b"]].isin(seen).all(axis=1)
    assert set(rows["evidence"][inside]) == {"measured", "merges"}
    assert set(rows["evidence"][~inside]) == {"proxies"}
    assert rows["low"][rows["evidence"] == "merges"].isna().all()  # six merges are too few


def test_merges_alone_tell_of_their_checkpoints():
    told = tell_by_merges(NEW, {"mean": merged(truth(1), design(TASKS, 4))}, None)
    assert len(told.rows) == len(NEW)
    assert np.isfinite(told.rows[["predicted", "low", "high"]].to_numpy(dtype=float)).all()
    assert "proxies" not in told.about
    nothing = tell_by_merges(NEW, {"mean": merged(truth(1), [])}, None)
    assert nothing.rows.empty


def test_text_and_warnings_know_merges(found):
    text = render_text(found, [])
    assert "Your 10 merges, and what they tell" in text
    assert text.count("merges: small") > 0
    assert not any("order" in caution.title for caution in cautions(found))


def test_a_filled_table_is_read(tmp_path):
    lines = ["task_a,task_b,merger,accuracy_a,accuracy_b", "x,y,ties,0.4,0.3", "x,z,ties,,"]
    (tmp_path / "pairs.csv").write_text("\n".join(lines))
    (tmp_path / "singles.csv").write_text("task,accuracy\nx,0.8\ny,0.6\nz,0.9\n")
    found = read_merges(str(tmp_path / "pairs.csv"), str(tmp_path / "singles.csv"))
    table = found["ties"].set_index("pair")
    assert table.loc["x__y", EACH].tolist() == [0.5, 0.5]
    assert table.loc[["x__z", "y__z"], TARGET].isna().all()
