"""Candidates whose tasks other zoos have merged: what those zoos say, as it is, with intervals."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from synthetic import METRICS, make_pairs_table

from mergeability.figures.recommended_pairs import plot_recommended_pairs
from mergeability.figures.style import save
from mergeability.naming import pair_name
from mergeability.prediction.problem import CONFIDENCE
from mergeability.prediction.registry import resolve_parameters
from mergeability.recommendation.by_proxies import Proxies, read_proxies, tell_by_proxies
from mergeability.recommendation.cautions import cautions, regrets
from mergeability.recommendation.forecast import Learner
from mergeability.recommendation.page import render_page, render_text
from mergeability.recommendation.ranking import recommend, table_to_fill

TARGET = "normalized_accuracy"
EACH = [f"{TARGET}_a", f"{TARGET}_b"]
LEARNER = Learner("ridge", resolve_parameters("ridge", {}), METRICS, TARGET, 0)
MERGERS = ("mean", "sum")


def zoo(seed, n_tasks=12, spread=0.005):
    """Pairs tables by merger: what all zoos share, and what is of this one alone."""
    shared, own = np.random.default_rng(0), np.random.default_rng(seed + 1)
    table = make_pairs_table(n_tasks, MERGERS, seed=seed)
    kept = 0.9 + 0.04 * shared.normal(size=(len(table), 2))
    kept += spread * own.normal(size=kept.shape)
    table[EACH] = kept
    table[TARGET] = kept.mean(axis=1)
    return {merger: rows.reset_index(drop=True) for merger, rows in table.groupby("merger")}


def together(**zoos):
    """The tables of several zoos, by merger and zoo."""
    return {merger: {name: zoo[merger] for name, zoo in zoos.items()} for merger in MERGERS}


def pairs_of(names):
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    return pd.DataFrame(pairs, columns=["task_a", "task_b"])


CANDIDATES = {"z": "task01", "y": "task02", "x": "task03", "mine": "mine"}


def test_what_is_left_of_each_task_goes_to_its_candidate():
    tables = together(small=zoo(1), other=zoo(2))
    told = tell_by_proxies(pairs_of(["x", "z"]), Proxies(tables, CANDIDATES), {})
    row = told.rows.set_index("merger").loc["mean"]
    there = [
        tables["mean"][name].set_index("pair").loc["task01__task03"] for name in tables["mean"]
    ]
    for_x, for_z = (np.mean([table[each] for table in there]) for each in EACH[::-1])
    assert (row["predicted_a"], row["predicted_b"]) == pytest.approx((for_x, for_z))
    assert row["predicted"] == pytest.approx((for_x + for_z) / 2)
    assert row["proxies"] == "small, other"


def test_a_proxy_that_lacks_a_pair_is_not_counted_nor_named():
    tables = together(small=zoo(1), other=zoo(2))
    lacking = tables["mean"]["other"]
    lacking.loc[lacking["pair"] == "task01__task03", EACH[0]] = np.nan
    told = tell_by_proxies(pairs_of(["x", "z"]), Proxies(tables, CANDIDATES), {})
    row = told.rows.set_index("merger").loc["mean"]
    there = tables["mean"]["small"].set_index("pair").loc["task01__task03"]
    assert row["predicted"] == pytest.approx(there[EACH].mean())
    assert row["proxies"] == "small"


def test_two_candidates_of_one_task_are_no_pair_of_a_proxy():
    tasks = {"x": "task01", "y": "task01", "z": "task02"}
    told = tell_by_proxies(pairs_of(["x", "y", "z"]), Proxies(together(small=zoo(1)), tasks), {})
    assert sorted(map(tuple, told.rows[["task_a", "task_b"]].to_numpy())) == [
        ("x", "z"), ("x", "z"), ("y", "z"), ("y", "z")
    ]  # fmt: skip


def test_intervals_hold_the_asked_share_of_what_the_zoo_and_its_proxies_differ_by():
    own, proxies = zoo(3), Proxies(together(small=zoo(1)), CANDIDATES)
    told = tell_by_proxies(pairs_of(["x", "y", "z"]), proxies, own, "own")
    half = (told.rows.set_index("merger").loc["mean", ["low", "high"]] @ [-0.5, 0.5]).iloc[0]
    errors = np.abs(own["mean"][TARGET] - proxies.tables["mean"]["small"][TARGET])
    assert (errors <= half + 1e-12).sum() == np.floor(CONFIDENCE * (len(errors) + 1)) + 1
    assert "differences between these zoos and own" in told.about
    assert abs(told.intervals["held"].mean() - CONFIDENCE) < 0.08


def test_intervals_hold_for_candidates():
    """Of zoos and candidates that all differ alike, each tried once."""
    held = []
    for seed in range(20):
        truth = zoo(100 + seed)["mean"]
        tasks = dict.fromkeys(truth["task_a"]) | dict.fromkeys(truth["task_b"])
        proxies = Proxies(together(small=zoo(seed + 1)), {task: task for task in tasks})
        told = tell_by_proxies(truth[["task_a", "task_b"]], proxies, zoo(50 + seed), "own").rows
        told = told[told["merger"] == "mean"].reset_index(drop=True)
        held.append(truth[TARGET].between(told["low"], told["high"]).mean())
    assert abs(np.mean(held) - CONFIDENCE) < 0.03


def test_without_a_zoo_of_the_backbone_proxies_are_compared_with_one_another():
    new = pairs_of(["x", "y", "z"])
    both = tell_by_proxies(new, Proxies(together(a=zoo(1), b=zoo(2)), CANDIDATES), {})
    assert both.rows["low"].notna().all()
    assert "differences among these zoos, over 66 pairs" in both.about
    alone = tell_by_proxies(new, Proxies(together(a=zoo(1)), CANDIDATES), {})
    assert alone.rows["low"].isna().all()
    assert "no intervals" in alone.about
    few = tell_by_proxies(new, Proxies(together(a=zoo(1)), CANDIDATES), zoo(3, n_tasks=4), "own")
    assert few.rows["low"].isna().all()


def test_a_zoo_does_not_judge_itself():
    own = zoo(3)
    tables = together(own=own, small=zoo(1))
    new = pairs_of(["x", "y", "z"])
    told = tell_by_proxies(new, Proxies(tables, CANDIDATES), own, "own")
    apart = tell_by_proxies(new, Proxies(together(small=zoo(1)), CANDIDATES), own, "own")
    widths = [one.rows["high"] - one.rows["low"] for one in (told, apart)]
    np.testing.assert_allclose(*widths)


def described(names, seed=9):
    """Pairs of candidates with metrics."""
    pairs = pairs_of(sorted(names))
    values = np.random.default_rng(seed).normal(size=(len(pairs), len(METRICS)))
    return pairs.assign(**dict(zip(METRICS, values.T, strict=True)))


@pytest.fixture(scope="module")
def mixed():
    proxies = Proxies(together(small=zoo(1)), CANDIDATES)
    return recommend(zoo(3), described(CANDIDATES), LEARNER, proxies, zoo="own", partners=2)


def test_pairs_that_no_proxy_knows_go_by_metrics(mixed):
    pairs = mixed.pairs.set_index(["pair", "merger"])
    assert len(pairs) == 6 * 2
    by = pairs["evidence"]
    assert (
        by == np.where(by.index.get_level_values("pair").str.contains("mine"), "metrics", "proxies")
    ).all()
    alone = recommend(zoo(3), described(CANDIDATES), LEARNER).pairs.set_index(["pair", "merger"])
    columns = [f"predicted_{TARGET}", "low", "high"]
    same = pairs.index[by == "metrics"]
    pd.testing.assert_frame_equal(pairs.loc[same, columns], alone.loc[same, columns])
    width = (pairs["high"] - pairs["low"]).groupby(by).mean()
    assert width["metrics"] > 2 * width["proxies"]
    assert pairs[f"predicted_{TARGET}_a"].notna().equals(by == "proxies")


def test_each_evidence_is_tested_by_itself(mixed):
    assert set(mixed.coverage["evidence"]) == {"metrics", "proxies"}
    lost = {name: regrets(mixed, name, "partner", 1)["predictor"] for name in mixed.about}
    assert lost["proxies"]["value"] < 0.25 * lost["metrics"]["value"]
    titles = [caution.title for caution in cautions(mixed)]
    assert "Do not rely on the order of pairs by metrics (3)." in titles
    assert not any("by proxies" in title for title in titles)


def test_page_and_text_say_what_each_pair_rests_on(mixed, tmp_path):
    save(plot_recommended_pairs(mixed.pairs, TARGET), [tmp_path / "pairs.svg"])
    page = render_page("mine", mixed, tmp_path / "pairs.svg", zoo="own")
    text = render_text(mixed, [])
    assert page.count("<td>proxies: small</td>") == page.count("<td>metrics</td>") == 3
    assert text.count("  proxies: small") == text.count("  metrics") == 3
    row = mixed.pairs.iloc[0]
    each = [f"{row[f'predicted_{TARGET}_{end}']:.3f}" for end in "ab"]
    assert ", ".join(each) in text
    assert f"{row['task_a']} {each[0]}" in page


def test_nothing_is_learned_where_proxies_know_all_pairs():
    proxies = Proxies(together(a=zoo(1), b=zoo(2)), CANDIDATES)
    bare = recommend({}, pairs_of(["x", "y", "z"]), None, proxies)
    assert (bare.pairs["evidence"] == "proxies").all()
    broken = LEARNER._replace(method="no such predictor")
    same = recommend(zoo(3), described(["x", "y", "z"]), broken, proxies, zoo="own")
    columns = ["pair", "merger", f"predicted_{TARGET}"]
    pd.testing.assert_frame_equal(bare.pairs[columns], same.pairs[columns])


def test_intervals_that_no_zoo_of_the_backbone_vouches_for_come_with_a_warning(mixed):
    proxies = Proxies(together(a=zoo(1), b=zoo(2)), CANDIDATES)
    borrowed = recommend({}, pairs_of(["x", "y", "z"]), None, proxies)
    warning = "Intervals by proxies may be too narrow."
    assert warning in render_text(borrowed, [])
    assert warning not in render_text(mixed, [])


def test_pairs_that_a_merger_lacks_do_not_keep_partners_from_being_compared():
    proxies = Proxies(together(a=zoo(1)), CANDIDATES)
    own = zoo(3)
    own["sum"].loc[4, [TARGET, *EACH]] = np.nan
    found = recommend(own, described(["x", "y", "z"]), LEARNER, proxies, zoo="own")
    assert regrets(found, "proxies", "partner", 1)["predictor"]["n_pairs"] == 65


def test_pairs_without_any_evidence_are_named():
    proxies = Proxies(together(a=zoo(1), b=zoo(2)), CANDIDATES)
    found = recommend({}, pairs_of(list(CANDIDATES)), None, proxies)
    assert found.unranked == ["mine__x", "mine__y", "mine__z"]
    assert "3 pairs are not ranked." in render_text(found, [])
    with pytest.raises(ValueError, match="no proxy has merged the tasks of any two candidates"):
        recommend({}, pairs_of(["mine", "x"]), None, proxies)


def test_a_design_proposes_merges_as_a_table_to_fill(mixed):
    assert len(mixed.first) == 4
    table = table_to_fill(mixed)
    assert list(table) == ["task_a", "task_b", "merger", "accuracy_a", "accuracy_b"]
    assert len(table) == 4 * 2
    of_one = table[table["merger"] == "mean"]
    assert Counter([*of_one["task_a"], *of_one["task_b"]]) == dict.fromkeys(CANDIDATES, 2)
    assert "Merge these 4 first: " in render_text(mixed, [])
    none = recommend(zoo(3), described(["x", "y"]), LEARNER)
    assert table_to_fill(none).empty


def test_order_changes_nothing(mixed):
    tables = {m: dict(reversed(zoos.items())) for m, zoos in together(small=zoo(1)).items()}
    shuffled = described(CANDIDATES).sample(frac=1, random_state=0)
    proxies = Proxies(dict(reversed(tables.items())), dict(reversed(CANDIDATES.items())))
    again = recommend(zoo(3), shuffled, LEARNER, proxies, zoo="own", partners=2)
    pd.testing.assert_frame_equal(mixed.pairs, again.pairs)
    assert mixed.first == again.first


def test_files_of_proxies_come_zoo_by_zoo(tmp_path):
    wanted = together(a=zoo(1), b=zoo(2))
    files = []
    for name in ("a", "b"):
        for merger in MERGERS:
            files.append(tmp_path / f"{name}_{merger}.parquet")
            wanted[merger][name].to_parquet(files[-1])
    assert read_proxies([], [], CANDIDATES) is None
    found = read_proxies(["a", "b"], files, CANDIDATES).tables
    for merger in MERGERS:
        for name in ("a", "b"):
            pd.testing.assert_frame_equal(found[merger][name], wanted[merger][name])


def test_pairs_are_named_as_candidates_are():
    proxies = Proxies(together(a=zoo(1), b=zoo(2)), CANDIDATES)
    found = recommend({}, pairs_of(["x", "z"]), None, proxies).pairs
    assert set(found["pair"]) == {pair_name("x", "z")}
