"""What a change of predictors and analyses makes Snakemake do again."""

import pytest
from jobs import (
    MERGERS,
    PREDICTORS,
    analyses,
    fits,
    planned_after,
    refits,
    summaries,
    varied,
)

LIBRARY = "src/mergeability"


# Predictors.


def test_a_changed_predictor_parameter_fits_that_predictor_again(edited):
    change = {"method": "pearson_l1", "penalty": 0.5}
    planned = planned_after(
        edited, lambda c: c["prediction"]["predictors"].update(pearson_l1=change)
    )
    assert planned == fits(MERGERS, ["pearson_l1"]) | summaries(["pearson_l1"]) | refits()


def test_a_new_predictor_fits_that_predictor(edited):
    new = {"method": "pearson_l1", "penalty": 0.0}
    planned = planned_after(edited, lambda c: c["prediction"]["predictors"].update(pearson=new))
    assert planned == fits(MERGERS, ["pearson"]) | summaries(["pearson"], [*PREDICTORS, "pearson"])


def test_a_removed_predictor_fits_nothing(edited):
    planned = planned_after(edited, lambda c: c["prediction"]["predictors"].pop("ridge"))
    kept = [predictor for predictor in PREDICTORS if predictor != "ridge"]
    assert planned == summaries([], kept)


def test_an_edited_predictor_file_fits_that_predictor_again(edited):
    edited.edit(f"{LIBRARY}/prediction/predictors/ridge.py")
    assert edited.planned() == fits(MERGERS, ["ridge"]) | summaries(["ridge"])


def test_an_edited_file_of_a_varied_predictor_varies_it_again(edited):
    edited.edit(f"{LIBRARY}/prediction/predictors/pearson_l1.py")
    planned = edited.planned()
    assert planned == fits(MERGERS, ["pearson_l1"]) | summaries(["pearson_l1"]) | refits()


def test_another_protocol_fits_again(edited):
    planned = planned_after(edited, lambda c: c["prediction"]["protocols"].remove("l2to"))
    gone = {job for job in summaries() if "l2to" in job}
    assert planned == fits(MERGERS) | summaries() - gone


# Analyses.


@pytest.mark.parametrize("key, value", [("penalties", [0, 2]), ("seeds", 3)])
def test_another_setting_of_ablations_runs_them_again(edited, key, value):
    planned = planned_after(edited, lambda c: c["analysis"].update({key: value}))
    assert planned == varied() | {"Writing the report of zoo mini"}


def test_another_number_of_permutations_correlates_again(edited):
    planned = planned_after(edited, lambda c: c["analysis"].update(permutations=200))
    targets = ("accuracy", "normalized_accuracy")
    assert planned == {
        *(f"Correlating single metrics with {target}" for target in targets),
        *(f"Plotting correlations of metrics with {target}" for target in targets),
        "Writing the report of zoo mini",
    }


@pytest.mark.parametrize(
    "module, job",
    [
        ("audit", "Auditing the metrics of zoo mini"),
        ("variance", "Decomposing the variance of the targets of zoo mini"),
        ("redundancy", "Grouping redundant metrics of zoo mini"),
    ],
)
def test_an_edited_analysis_runs_that_analysis(edited, module, job):
    edited.edit(f"{LIBRARY}/analysis/{module}.py")
    planned = edited.planned()
    assert job in planned
    assert planned <= analyses() | {"Writing the report of zoo mini"}
    assert not planned & refits()


def test_an_edited_figure_draws_that_figure_again(edited):
    edited.edit(f"{LIBRARY}/figures/accuracy_heatmap.py")
    assert edited.planned() == {
        *(f"Plotting accuracies of {merger}" for merger in MERGERS),
        "Writing the report of zoo mini",
    }
