"""Predictions for tasks never seen: honest intervals, flags outside of what is known, one order."""

import re

import numpy as np
import pandas as pd
import pytest
from synthetic import METRICS, make_pairs_table

from mergeability.figures.recommended_pairs import plot_recommended_pairs
from mergeability.figures.style import save
from mergeability.files import write_frame
from mergeability.naming import split_pair
from mergeability.prediction.problem import CONFIDENCE
from mergeability.prediction.registry import resolve_parameters
from mergeability.recommendation.cautions import cautions, regrets
from mergeability.recommendation.extrapolation import measure_reach, possible_range
from mergeability.recommendation.forecast import Learner, forecast, measure_coverage
from mergeability.recommendation.page import render_page, render_text
from mergeability.recommendation.ranking import recommend, summarize_coverage

TARGET = "normalized_accuracy"
LEARNER = Learner("ridge", resolve_parameters("ridge", {}), METRICS, TARGET, 0)


def known(n_tasks=8, **changes):
    table = make_pairs_table(n_tasks, ("mean", "sum"), **changes)
    return {merger: rows.reset_index(drop=True) for merger, rows in table.groupby("merger")}


def candidates(n_tasks=5, seed=1):
    """Pairs of candidates that are called like tasks of the zoo."""
    return make_pairs_table(n_tasks, seed=seed)[["task_a", "task_b", *METRICS]]


@pytest.fixture(scope="module")
def found():
    return recommend(known(), candidates(), LEARNER)


def test_a_learned_relation_is_foretold():
    new = candidates()
    predicted = forecast(known(noise=0)["mean"], new, LEARNER).new["predicted"]
    truth = 0.9 + 0.02 * (new["metric_a"] - 0.5 * new["metric_b"])
    np.testing.assert_allclose(predicted, truth, atol=1e-4)


def test_intervals_hold_about_as_often_as_they_should():
    held, widths = [], []
    for seed in range(6):
        truth = make_pairs_table(6, noise=0.5, seed=100 + seed)
        new = forecast(known(9, noise=0.5, seed=seed)["mean"], truth, LEARNER).new
        held.append(truth[TARGET].between(new["low"], new["high"]).mean())
        widths.append((new["high"] - new["low"]).mean())
    assert CONFIDENCE - 0.07 < np.mean(held) < 0.99
    assert np.mean(widths) < 0.06  # the target's own 90 % range is 0.09


def test_measured_coverage_agrees_with_the_nominal_one():
    tried = pd.concat(
        [measure_coverage(known(10, noise=0.5, seed=seed)["mean"], LEARNER) for seed in range(4)]
    )
    assert abs(tried["held"].mean() - CONFIDENCE) < 0.08
    tasks = tried["pair"].map(split_pair)
    assert (tasks == tried[["task_a", "task_b"]].apply(tuple, axis=1)).all()


def test_coverage_never_sees_the_tasks_it_tries():
    """Other targets of the tried pairs change what is compared, not what is predicted."""
    table = known()["mean"]
    before = measure_coverage(table, LEARNER)
    rows = table["pair"].isin(before["pair"])
    after = measure_coverage(table.assign(**{TARGET: table[TARGET] + 5.0 * rows}), LEARNER)
    groups = [set(split_pair(pair)) for pair in before["pair"]]
    assert all(not first & second for first in groups for second in groups if first != second)
    first = before.iloc[0]
    only = table.assign(**{TARGET: table[TARGET] + 5.0 * (table["pair"] == first["pair"])})
    again = measure_coverage(only, LEARNER).iloc[0]
    assert again["predicted"] == first["predicted"]
    assert again["low"] == first["low"]
    assert not after["held"].all()


def test_a_zoo_too_small_for_intervals_says_so():
    small = known(4)
    new = forecast(small["mean"], candidates(), LEARNER).new
    assert new[["low", "high"]].isna().all(axis=None)
    assert np.isfinite(new["predicted"]).all()
    found = recommend(small, candidates(), LEARNER)
    assert found.coverage.empty
    assert found.pairs["outside"].all()


def test_names_of_candidates_do_not_matter_where_the_zoo_has_the_same_task():
    additive = LEARNER._replace(method="additive", parameters=resolve_parameters("additive", {}))
    renamed = candidates()
    for column in ("task_a", "task_b"):
        renamed[column] = "other_" + renamed[column]
    for learner in (LEARNER, additive):
        new, again = (forecast(known()["mean"], n, learner).new for n in (candidates(), renamed))
        pd.testing.assert_frame_equal(new[["predicted", "low"]], again[["predicted", "low"]])


def test_predictors_that_need_more_than_metrics_are_refused():
    single = Learner("single_accuracy", {}, METRICS, TARGET, 0)
    with pytest.raises(ValueError, match="needs more than the metrics"):
        forecast(known()["mean"], candidates(), single)


def test_missing_metrics_are_named():
    incomplete = candidates()
    incomplete.loc[0, "metric_c"] = np.nan
    with pytest.raises(ValueError, match=r"lack values of the metrics \['metric_c'\]"):
        forecast(known()["mean"], incomplete, LEARNER)
    with pytest.raises(ValueError, match=r"candidates lack the metrics \['metric_c'\]"):
        recommend(known(), candidates().drop(columns="metric_c"), LEARNER)


def test_pairs_that_lack_metrics_are_predicted_from_the_others(found, caplog):
    incomplete = candidates()
    lacking = incomplete.index[[0, 4]]
    incomplete.loc[lacking, ["metric_a", "metric_c"]] = np.nan
    with caplog.at_level("WARNING", "mergeability"):
        got = recommend(known(), incomplete, LEARNER).pairs
    assert len(caplog.records) == 1
    assert "without metric_a, metric_c, which are missing: task00__task01, " in caplog.text
    assert got["predicted_" + TARGET].notna().all()
    assert sorted(got["rank"].unique()) == list(range(1, len(incomplete) + 1))
    names = {"__".join(pair) for pair in incomplete.loc[lacking, ["task_a", "task_b"]].to_numpy()}
    touched = got["pair"].isin(names)
    assert got["why"].str.contains("without metric_a, metric_c").equals(touched)

    rest = [m for m in METRICS if m not in {"metric_a", "metric_c"}]
    alone = recommend(known(), candidates().loc[lacking], LEARNER._replace(metrics=rest)).pairs
    keys, numbers = ["pair", "merger"], ["predicted_" + TARGET, "low", "high"]
    for some, same in ((got[touched], alone), (got[~touched], found.pairs)):
        both = some.merge(same, on=keys, suffixes=("", "_same"))
        assert len(both) == len(some)
        for number in numbers:
            np.testing.assert_allclose(both[number], both[number + "_same"], rtol=1e-9)


def test_a_pair_without_any_metric_is_left_out_and_named(found, caplog):
    empty = candidates()
    empty.loc[0, METRICS] = np.nan
    with caplog.at_level("WARNING", "mergeability"):
        got = recommend(known(), empty, LEARNER).pairs
    assert "not ranked, all metrics are missing: task00__task01" in caplog.text
    assert {*found.pairs["pair"]} - {*got["pair"]} == {"task00__task01"}
    with pytest.raises(ValueError, match="all pairs of candidates lack all metrics"):
        recommend(known(), empty.assign(**dict.fromkeys(METRICS, np.nan)), LEARNER)


def test_known_pairs_that_lack_metrics_are_left_out_and_counted(caplog):
    tables = known()
    for table in tables.values():
        table.loc[[2, 3], "metric_c"] = np.nan
    kept = {merger: table.drop(index=[2, 3]) for merger, table in tables.items()}
    with caplog.at_level("WARNING", "mergeability"):
        got = recommend(tables, candidates(), LEARNER).pairs
    assert [record.getMessage() for record in caplog.records] == [
        "2 of 28 known pairs lack a metric and are left out"
    ]
    pd.testing.assert_frame_equal(got, recommend(kept, candidates(), LEARNER).pairs)


def test_pairs_of_the_same_kind_are_inside_and_far_ones_outside():
    table, near = known(12)["mean"], candidates()
    far = near.assign(metric_d=near["metric_d"] + 100)
    assert measure_reach(table, near, METRICS).outside.mean() < 0.3
    assert measure_reach(table, far, METRICS).outside.all()


def test_a_combination_never_seen_is_outside_though_each_metric_is_inside():
    table, near = known(12)["mean"], candidates()
    table, near = (t.assign(metric_f=t["metric_e"]) for t in (table, near))
    size = min(table["metric_e"].max(), -table["metric_e"].min())
    strange = near.assign(metric_e=0.9 * size, metric_f=-0.9 * size)
    reach = measure_reach(table, strange, METRICS)
    assert not reach.beyond[:, -2:].any()
    assert (reach.distance > measure_reach(table, near, METRICS).distance).all()
    assert reach.outside.all()


def test_reasons_are_given_exactly_for_pairs_outside(found):
    strange = candidates()
    strange.loc[0, METRICS[:4]] = 50.0
    pairs = recommend(known(), strange, LEARNER).pairs
    assert ((pairs["why"] != "") == pairs["outside"]).all()
    first = pairs[pairs["pair"] == "task00__task01"]
    assert first["outside"].all()
    assert "4 of 6 metrics outside their known range (metric_a, metric_b" in first["why"].iloc[0]
    assert set(found.pairs["why"]) >= {""}


def test_pairs_are_ranked_by_their_best_merger(found):
    pairs = found.pairs
    best = pairs.groupby("rank", sort=True)["predicted_normalized_accuracy"].max()
    assert list(best.index) == list(range(1, 11))
    assert (best.diff().dropna() <= 0).all()
    within = pairs.groupby("pair")["predicted_normalized_accuracy"]
    assert (within.rank(ascending=False) == pairs["merger_rank"]).all()


def test_the_order_of_candidates_and_mergers_changes_nothing(found, tmp_path):
    shuffled = candidates().sample(frac=1, random_state=0)
    tables = {
        name: table.sample(frac=1, random_state=0) for name, table in reversed(known().items())
    }
    again = recommend(tables, shuffled, LEARNER)
    for number, result in enumerate((found, again)):
        write_frame(tmp_path / f"{number}.parquet", result.pairs)
        save(plot_recommended_pairs(result.pairs, TARGET), [tmp_path / f"{number}.svg"])
    for suffix in ("parquet", "svg"):
        first, second = (tmp_path / f"{number}.{suffix}" for number in (0, 1))
        assert first.read_bytes() == second.read_bytes()
    pd.testing.assert_frame_equal(found.choices, again.choices)
    pd.testing.assert_frame_equal(found.coverage, again.coverage)
    assert found.means == again.means


def test_coverage_counts_what_it_rests_on():
    tried = measure_coverage(known(12)["mean"], LEARNER)
    summary = summarize_coverage(tried).set_index("merger")
    assert summary.loc["mean", "n_pairs"] == 4 * 3
    assert summary.loc["mean", "n_tasks"] == 12
    assert summary.loc["mean", "share"] == tried["held"].mean()


def test_figure_shows_the_ends_of_a_long_list():
    pairs = recommend(known(), candidates(12), LEARNER).pairs
    axes = plot_recommended_pairs(pairs, TARGET).axes[0]
    ranks = [int(label.get_text().split()[0]) for label in axes.get_yticklabels()]
    assert ranks == [*range(1, 26), *range(62, 67)]


def page(result, tmp_path, name="mine"):
    save(plot_recommended_pairs(result.pairs, TARGET), [tmp_path / "pairs.svg"])
    return render_page(name, result, tmp_path / "pairs.svg", zoo="zoo")


def test_page_escapes_names_and_refers_to_nothing_outside(found, tmp_path):
    text = page(found, tmp_path, name="<script>alert(1)</script>")
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    addresses = re.findall(r'(?:src|href)="([^"]{0,12})', text)
    assert addresses == ["data:image/s"]
    assert "http" not in re.sub(r"base64,[^\"]*", "", text)


def test_page_warns_where_it_must(found, tmp_path):
    quiet = page(found._replace(pairs=found.pairs.assign(outside=False)), tmp_path)
    assert 'class="warning"' not in quiet
    small = recommend(known(4), candidates(), LEARNER)
    loud = page(small, tmp_path)
    assert "No intervals." in loud
    assert "10 of 10 pairs are outside" in loud
    assert "Too few merges are known to measure how often they hold" in loud


@pytest.mark.parametrize(
    ("low", "high", "advice"),
    [
        (0.1, 0.2, "for all pairs"),
        (-0.2, -0.1, "named for each pair"),
        (-0.1, 0.1, "If you want one"),
    ],
)
def test_advice_on_the_merger_follows_what_was_measured(found, tmp_path, low, high, advice):
    rows = found.choices["statistic"] == "regret_difference"
    choices = found.choices.copy()
    choices.loc[rows, ["low", "high"]] = [low, high]
    assert advice in page(found._replace(choices=choices), tmp_path)


def with_partner_regret(found, **changes):
    """The regret of choosing a partner by prediction, changed."""
    choices = found.choices.copy()
    rows = (choices["choice"] == "partner") & (choices["tries"] == 1)
    rows &= (choices["strategy"] == "ridge") & (choices["statistic"] == "regret")
    choices.loc[rows, list(changes)] = list(changes.values())
    return found._replace(choices=choices)


@pytest.mark.parametrize(
    ("value", "high", "verdict"),
    [(-0.01, 0.01, "not clearly better than"), (0.01, 0.02, "no better than"), (-0.02, -0.01, "")],
)
def test_an_order_no_better_than_chance_comes_with_a_warning_first(
    found, tmp_path, value, high, verdict
):
    chance = regrets(found, "metrics", "partner", 1)["chance"]["value"]
    changed = with_partner_regret(found, value=chance + value, high=chance + high)
    said = [caution.text for caution in cautions(changed)]
    texts = [page(changed, tmp_path), render_text(changed, [])]
    warning = "Do not rely on the order of pairs."
    assert not verdict or verdict in said[0]
    assert [warning in text for text in texts] == [bool(verdict)] * 2
    if verdict:
        assert texts[0].index(warning) < texts[0].index("checkpoints,")
        assert texts[1].startswith(warning)


def test_an_order_that_could_not_be_measured_comes_with_a_warning(found):
    unknown = found._replace(choices=found.choices[found.choices["strategy"] != "ridge"])
    first = next(cautions(unknown))
    assert first.title == "Do not rely on the order of pairs."
    assert "could not be measured" in first.text


@pytest.mark.parametrize(("metric", "value"), [("metric_a", 1e12), ("metric_a", -1e12)])
def test_predictions_that_are_not_possible_come_last_and_are_not_printed(metric, value):
    strange = candidates()
    strange.loc[0, metric] = value
    result = recommend(known(), strange, LEARNER)
    pairs = result.pairs
    low, high = possible_range(pd.concat(known().values())[TARGET].to_numpy())
    assert pairs["predicted_normalized_accuracy"].between(low, high).all()
    assert pairs["low"].between(low, high).all()
    assert pairs["high"].between(low, high).all()
    last = pairs[pairs["pair"] == "task00__task01"]
    assert (last["rank"] == 10).all()
    assert last["outside"].all()
    assert last["why"].str.endswith("which is not possible").all()
    ordinary = recommend(known(), candidates().iloc[1:], LEARNER).pairs
    assert set(ordinary["pair"]) == set(pairs["pair"][pairs["rank"] < 10])
    assert "outside: predicted a value which is not possible" in render_text(result, [])


def test_the_text_for_a_terminal_is_short_and_says_what_was_left_out():
    result = recommend(known(), candidates(12), LEARNER)
    text = render_text(result, [{"candidate": "odd", "reason": "odd.pt: diverged"}])
    lines = text.splitlines()
    assert "Left out: odd: odd.pt: diverged" in lines
    assert lines[-1] == "and 51 more pairs"
    (first,) = (line for line in lines if line.startswith("1 "))
    best = result.pairs.iloc[0]
    assert f"{best['task_a']} + {best['task_b']}" in first
    assert f"{best['predicted_normalized_accuracy']:.3f}" in first
    assert f"{best['low']:.3f} to {best['high']:.3f}" in first
