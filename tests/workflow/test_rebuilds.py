"""What a change makes Snakemake do again: exact sets of jobs, read from the real dry run."""

import os
import shutil
from pathlib import Path

import pytest
from jobs import (
    MERGERS,
    after_pairs,
    analyses,
    checkpoints,
    draws,
    heads,
    merges,
    metrics,
    pairs_of,
    pairs_with,
    planned_after,
    preparations,
    singles,
    sketches,
    summaries,
)
from workspace import TASKS

LIBRARY = "src/mergeability"
ANEW = sketches() | metrics() | after_pairs()


def test_a_second_run_does_nothing(built):
    assert built.planned() == set()


# Mergers.


def test_a_new_merger_evaluates_each_pair_once(edited):
    new = {"method": "ties", "scope": "global"}
    planned = planned_after(edited, lambda c: c["mergers"].update(ties_global=new))
    assert planned == merges(["ties_global"]) | after_pairs(["ties_global"])


def test_statistics_for_a_merger_are_computed_once_per_checkpoint(edited):
    new = {name: {"method": "fisher", "normalize": name} for name in ("model", "none")}
    planned = planned_after(edited, lambda c: c["mergers"].update(new))
    statistics = {f"Computing statistics of {t}: fisher" for t in TASKS}
    assert planned == statistics | merges(new) | after_pairs(new)


def test_a_removed_merger_leaves_the_others_alone(edited):
    planned = planned_after(edited, lambda c: c["mergers"].pop("dare"))
    assert planned == {"Collecting the pairs of zoo mini"} | summaries() | analyses()


def test_a_renamed_merger_is_a_new_one(edited):
    planned = planned_after(edited, lambda c: c["mergers"].update(sign=c["mergers"].pop("ties")))
    assert planned == merges(["sign"]) | after_pairs(["sign"])


@pytest.mark.parametrize("key, value", [("keep", 0.3), ("scale", 1.0), ("scope", "global")])
def test_a_changed_merger_parameter_reruns_that_merger(edited, key, value):
    planned = planned_after(edited, lambda c: c["mergers"]["ties"].update({key: value}))
    assert planned == merges(["ties"]) | after_pairs(["ties"])


@pytest.mark.parametrize("method", MERGERS)
def test_an_edited_merger_file_reruns_that_merger(edited, method):
    edited.edit(f"{LIBRARY}/mergers/{method}.py")
    assert edited.planned() == merges([method]) | after_pairs([method])


def test_two_entries_of_one_method_depend_on_one_file(edited):
    edited.config["mergers"]["tsv"] = {"method": "ties", "keep": 0.5}
    edited.edit(f"{LIBRARY}/mergers/tsv.py")
    edited.write_config()
    assert edited.planned() == merges(["tsv"]) | after_pairs(["tsv"])


# Tasks.


@pytest.mark.parametrize("place", [0, 2, 4])
def test_a_new_task_leaves_checkpoints_and_evaluations_alone(edited, place):
    planned = planned_after(edited, lambda c: c["zoos"]["mini"]["tasks"].insert(place, "count"))
    chain = preparations(["count"]) | checkpoints(["count"]) | singles(["count"])
    all_tasks = [*TASKS, "count"]
    assert planned == (
        chain
        | merges(pairs=pairs_with("count"))
        | draws(["count"])
        | sketches(all_tasks)
        | metrics(pairs_of(all_tasks))
        | after_pairs()
    )


def test_a_new_task_leaves_metrics_alone_where_calibration_tasks_are_fixed(copied):
    zoo = copied.config["zoos"]["mini"]
    zoo["calibration"]["tasks"] = sorted(TASKS)
    copied.write_config()
    assert copied.planned() == set()
    zoo["tasks"].append("count")
    copied.write_config()
    chain = preparations(["count"]) | checkpoints(["count"]) | singles(["count"])
    assert copied.planned() == (
        chain
        | merges(pairs=pairs_with("count"))
        | draws(["count"])
        | sketches(["count"])
        | metrics(pairs_with("count"))
        | after_pairs()
    )


def test_a_task_in_place_of_another_adds_its_merges_and_computes_metrics_again(edited):
    """The removed task costs nothing but the metrics that looked at its images."""

    def change(config):
        config["zoos"]["mini"]["tasks"] = ["arrows", "colours", "count", "grating"]

    planned = planned_after(edited, change)
    tasks = edited.config["zoos"]["mini"]["tasks"]
    assert planned == (
        preparations(["count"])
        | checkpoints(["count"])
        | singles(["count"])
        | merges(pairs=pairs_with("count", tasks))
        | draws(["count"])
        | sketches(tasks)
        | metrics(pairs_of(tasks))
        | after_pairs()
    )


def test_another_zoo_adds_its_own_jobs_only(edited):
    zoos = edited.config["zoos"]
    zoos["second"] = {**zoos["mini"], "seed": 1, "tasks": ["arrows", "shapes", "count", "grating"]}
    edited.write_config()
    planned = edited.planned()
    tasks = zoos["second"]["tasks"]
    # Datasets are shared between zoos; heads, checkpoints and all that follows are not.
    assert "Preparing dataset count" in planned
    assert "Preparing dataset arrows" not in planned
    assert checkpoints(tasks) <= planned
    assert "Writing the report of zoo second" in planned
    assert "Writing the report of zoo mini" not in planned
    assert not merges(pairs=["arrows__colours"]) & planned


# Fine-tuning, evaluation and metrics.


def test_another_seed_fine_tunes_and_draws_again(edited):
    planned = planned_after(edited, lambda c: c["zoos"]["mini"].update(seed=1))
    assert planned == draws() | checkpoints() | singles() | merges() | ANEW


def test_more_samples_for_one_task_redo_what_follows_from_its_checkpoint(edited):
    def change(config):
        config["zoos"]["mini"]["finetuning"]["samples_seen_by_task"]["shapes"] = 1920

    assert planned_after(edited, change) == (
        checkpoints(["shapes"])
        | singles(["shapes"])
        | merges(pairs=pairs_with("shapes"))
        | sketches(["shapes"])
        | metrics(pairs_with("shapes"))
        | after_pairs()
    )


def test_another_batch_size_of_evaluation_evaluates_again(edited):
    planned = planned_after(edited, lambda c: c["evaluation"].update(batch_size=100))
    assert planned == singles() | merges() | after_pairs()


def test_another_calibration_size_draws_and_sketches_again(edited):
    planned = planned_after(edited, lambda c: c["zoos"]["mini"]["calibration"].update(samples=5))
    assert planned == draws() | ANEW


@pytest.mark.parametrize("key, value", [("subspace_rank", 5), ("spectrum_size", 50)])
def test_another_size_of_subspaces_sketches_again(edited, key, value):
    planned = planned_after(edited, lambda c: c["metrics"].update({key: value}))
    assert planned == ANEW


@pytest.mark.parametrize(("family", "sketched"), [("gradient", True), ("effective_rank", False)])
def test_a_metric_family_less_sketches_again_where_parts_fall_away(edited, family, sketched):
    planned = planned_after(edited, lambda c: c["metrics"]["families"].remove(family))
    assert planned == (ANEW if sketched else metrics() | after_pairs())


def test_a_new_metric_computes_metrics_again(edited):
    function = "\n\ndef angle_cosine(pair: SketchPair):\n    return pair.task_vectors.cosine\n"
    edited.edit(f"{LIBRARY}/metrics/families/task_vector.py", new=function)
    assert edited.planned() == metrics() | after_pairs()


@pytest.mark.parametrize("module", ["families/subspace", "families/task_vector", "pair"])
def test_an_edited_metric_file_computes_metrics_again(edited, module):
    edited.edit(f"{LIBRARY}/metrics/{module}.py")
    assert edited.planned() == metrics() | after_pairs()


def test_an_edited_sketch_file_sketches_again(edited):
    edited.edit(f"{LIBRARY}/metrics/sketch.py")
    assert edited.planned() == ANEW


def test_an_edited_script_reruns_its_rule(edited):
    edited.edit("workflow/scripts/backbones/build_head.py")
    planned = edited.planned()
    assert planned == heads(TASKS) | checkpoints() | singles() | merges() | ANEW


# Files.


def test_a_deleted_evaluation_is_made_again_and_as_it_was_before_changes_nothing(copied):
    (copied / "results/mini/evaluations/ties/arrows__shapes.json").unlink()
    assert copied.planned() == merges(["ties"], ["arrows__shapes"]) | after_pairs(["ties"])
    copied.run("results/mini/evaluations/ties/arrows__shapes.json")
    assert copied.planned() == set()


def test_a_deleted_metric_file_is_made_again(copied):
    (copied / "results/mini/metrics/arrows__shapes.parquet").unlink()
    assert copied.planned() == metrics(["arrows__shapes"]) | after_pairs()


AFTER_CHECKPOINT = (
    singles(["arrows"])
    | merges(pairs=pairs_with("arrows"))
    | sketches(["arrows"])
    | metrics(pairs_with("arrows"))
    | after_pairs()
)


def test_a_deleted_checkpoint_is_fine_tuned_again(copied):
    (copied / "results/mini/checkpoints/arrows.safetensors").unlink()
    assert copied.planned() == checkpoints(["arrows"]) | AFTER_CHECKPOINT


def test_a_replaced_checkpoint_redoes_what_follows_from_it(copied):
    folder = copied / "results/mini/checkpoints"
    shutil.copy(folder / "shapes.safetensors", folder / "arrows.safetensors")
    assert copied.planned() == AFTER_CHECKPOINT


def test_a_deleted_fold_is_fitted_again(copied):
    folder = "results/mini/prediction/normalized_accuracy/ridge/ties/loto"
    (copied / folder / "arrows.parquet").unlink()
    shown = {j for j in summaries(["ridge"]) if "normalized_accuracy" in j or "zoo mini" in j}
    assert copied.planned() == {"Fitting ridge on normalized_accuracy of ties"} | shown


# Changes that change nothing.


def test_order_and_comments_of_the_config_do_not_matter(edited):
    config = edited.config
    config["zoos"]["mini"]["tasks"].reverse()
    config["mergers"] = dict(reversed(config["mergers"].items()))
    config["metrics"]["families"].reverse()
    config["prediction"]["predictors"] = dict(reversed(config["prediction"]["predictors"].items()))
    edited.write_config()
    edited.edit("config/config.yaml", new="# a comment\n")
    assert edited.planned() == set()


def test_cluster_settings_do_not_matter(edited):
    for rules in Path(edited / "workflow/rules").glob("*.smk"):
        rules.write_text(rules.read_text().replace("growing(4000)", "growing(6000)"))
    assert planned_after(edited, lambda c: c.update(gpus_per_job=1)) == set()


@pytest.mark.parametrize("time", [0, None], ids=["in 1970", "now"])
def test_a_fresh_checkout_of_the_same_sources_changes_nothing(edited, time):
    for name in ("Snakefile", "config", "profiles", "workflow"):
        for path in [edited / name, *(edited / name).rglob("*")]:
            os.utime(path, None if time is None else (time, time))
    assert edited.planned() == set()


def test_an_edit_with_an_old_time_is_noticed(edited):
    """As after unpacking an archive, which keeps times."""
    edited.edit(f"{LIBRARY}/mergers/ties.py")
    os.utime(edited / f"{LIBRARY}/mergers/ties.py", (0, 0))
    assert edited.planned() == merges(["ties"]) | after_pairs(["ties"])


@pytest.mark.parametrize("folder", ["resources", "results"])
def test_touched_artifacts_with_the_same_content_change_nothing(copied, folder):
    for path in sorted((copied / folder).rglob("*")):
        os.utime(path)
    assert copied.planned() == set()
