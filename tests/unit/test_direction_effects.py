"""Effects of single tasks in each direction, and how well zoos agree on the rest."""

import numpy as np
import pandas as pd
import pytest
from synthetic import make_pairs_table

from mergeability.analysis.direction_effects import SLACK, direction_effects, direction_shares
from mergeability.analysis.proxies import compare_proxies
from mergeability.figures.direction_effects import plot_direction_effects

TARGET = "normalized_accuracy"


def with_directions(table, kept_a, kept_b):
    return table.assign(
        normalized_accuracy_a=kept_a,
        normalized_accuracy_b=kept_b,
        **{TARGET: (kept_a + kept_b) / 2},
    )


@pytest.fixture
def truth():
    generator = np.random.default_rng(5)
    tasks = [f"task{number:02d}" for number in range(8)]
    return pd.DataFrame(
        {"disturbed": generator.normal(0, 0.3, 8), "disturbs": generator.normal(0, 0.1, 8)}, tasks
    )


def product(truth, noise=0.0, seed=0, scale=0.2):
    """A zoo in which losses are products of what both tasks bring."""
    table = make_pairs_table(len(truth))
    generator = np.random.default_rng(seed)
    kept = []
    for own, other in (("task_a", "task_b"), ("task_b", "task_a")):
        effects = truth["disturbed"].loc[table[own]].to_numpy()
        effects = effects + truth["disturbs"].loc[table[other]].to_numpy()
        kept.append(1 + SLACK - scale * np.exp(effects + noise * generator.normal(size=len(table))))
    return with_directions(table, *kept)


def test_products_are_found_as_factors(truth):
    found = direction_effects(product(truth), TARGET).set_index("task")
    for name in ("disturbed", "disturbs"):
        expected = np.exp(truth[name] - truth[name].mean())
        np.testing.assert_allclose(found[name], expected)
        np.testing.assert_allclose(found[f"{name}_low"], expected)
    assert found["n_partners"].eq(7).all()


def test_intervals_hold_the_truth_amid_noise(truth):
    found = direction_effects(product(truth, noise=0.1), TARGET).set_index("task")
    expected = np.exp(truth["disturbed"] - truth["disturbed"].mean())
    assert found["disturbed"].between(found["disturbed_low"], found["disturbed_high"]).all()
    inside = expected.between(found["disturbed_low"], found["disturbed_high"])
    assert inside.sum() >= 6


def test_kept_is_the_mean_over_partners(truth):
    table = product(truth, noise=0.1)
    row = direction_effects(table, TARGET).set_index("task").loc["task03"]
    first, second = table["task_a"] == "task03", table["task_b"] == "task03"
    own = [*table["normalized_accuracy_a"][first], *table["normalized_accuracy_b"][second]]
    others = [*table["normalized_accuracy_b"][first], *table["normalized_accuracy_a"][second]]
    assert row["kept"] == pytest.approx(np.mean(own))
    assert row["left_to_partners"] == pytest.approx(np.mean(others))


def test_shares_add_up_and_interaction_is_what_is_left(truth):
    plain, noisy = (
        direction_shares(product(truth, noise), TARGET).set_index("part")["share"]
        for noise in (0.0, 0.4)
    )
    assert plain.sum() == pytest.approx(1)
    assert noisy.sum() == pytest.approx(1)
    assert plain["interaction"] == pytest.approx(0, abs=1e-9)
    assert plain["disturbed"] > 3 * plain["disturbs"]
    assert noisy["interaction"] > 0.4


def test_missing_pairs_are_left_out_and_an_empty_merger_has_no_row(truth):
    table = product(truth)
    some = table.assign(
        normalized_accuracy_a=table["normalized_accuracy_a"].mask(table.index % 5 == 0)
    )
    found = direction_effects(some, TARGET).set_index("task")
    np.testing.assert_allclose(
        found["disturbed"], np.exp(truth["disturbed"] - truth["disturbed"].mean())
    )
    nothing = table.assign(normalized_accuracy_a=np.nan)
    assert direction_effects(nothing, TARGET).empty
    assert direction_shares(nothing, TARGET)["share"].isna().all()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("pairs", [1, 2, 3])
def test_tasks_with_one_partner_have_effects_without_intervals(truth, pairs):
    found = direction_effects(product(truth).head(pairs), TARGET)
    assert len(found) == pairs + 1
    assert found["disturbed"].notna().all()
    assert found["disturbed_low"][found["n_partners"] == 1].isna().all()
    assert direction_shares(product(truth).head(pairs), TARGET)["share"].isna().all()


def test_the_figure_has_a_panel_per_merger(truth):
    table = pd.concat([product(truth), product(truth, 0.1).assign(merger="other")])
    figure = plot_direction_effects(
        direction_effects(table, TARGET), direction_shares(table, TARGET)
    )
    titles = [title for axes in figure.axes if (title := axes.get_title(loc="left"))]
    assert len(titles) == 2
    assert "interaction 0%" in titles[0]
    assert "task03" in {text.get_text() for text in figure.axes[0].texts}


def test_zoos_agree_on_what_they_share(truth):
    zoos = {"own": product(truth, 0.3, seed=1), "same": product(truth, 0.3, seed=1)}
    zoos["other"] = product(truth, 0.3, seed=2)
    found = compare_proxies(zoos, TARGET).set_index(["zoo", "other"])
    assert found.index.tolist() == [("own", "same"), ("own", "other"), ("same", "other")]
    same, other = found.loc[("own", "same")], found.loc[("own", "other")]
    for name in ("r", "directed_r", "interaction_r", "ceiling"):
        assert same[name] == pytest.approx(1)
    assert abs(other["interaction_r"]) < 0.5
    assert 0.3 < other["r"] < 1
    expected = other["additive_share"] + (1 - other["additive_share"]) * max(
        other["interaction_r"], 0
    )
    assert other["ceiling"] == pytest.approx(np.sqrt(expected))


def test_only_pairs_of_both_zoos_count(truth):
    zoos = {"own": product(truth), "fewer": product(truth, 0.1).iloc[3:]}
    zoos["own"].loc[[5, 6], "normalized_accuracy_b"] = np.nan
    row = compare_proxies(zoos, TARGET).iloc[0]
    assert row["n_pairs"] == 28 - 3 - 2
