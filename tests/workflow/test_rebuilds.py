"""What a change makes Snakemake do again: exact sets of jobs, read from the real dry run."""

import os

AFTER_ONE_EVALUATION = {
    "evaluate_merge": 1,
    "collect_merger_pairs": 1,
    "collect_pairs": 1,
    "fit_fold_mini": 8,
    "summarize_prediction": 2,
    "tabulate_summary": 1,
    "plot_accuracy": 1,
    "plot_prediction": 8,
    "plot_coefficients": 4,
    "plot_validation": 2,
    "make_report": 1,
}


def test_a_second_run_does_nothing(built):
    assert built.planned() == {}


def test_a_deleted_evaluation_reruns_what_depends_on_it(copied):
    (copied / "results/mini/evaluations/ties/arrows__shapes.json").unlink()
    assert copied.planned() == AFTER_ONE_EVALUATION
    copied.run()
    assert copied.planned() == {}


def test_a_deleted_metric_file_is_made_again(copied):
    (copied / "results/mini/metrics/arrows__shapes.parquet").unlink()
    planned = copied.planned()
    assert planned["compute_pair_metrics"] == 1
    assert planned["collect_merger_pairs"] == 5
    assert not {"sketch_checkpoint", "evaluate_merge", "finetune_checkpoint"} & set(planned)


def test_a_new_merger_evaluates_each_pair_once(copied):
    copied.config["mergers"]["ties_global"] = {"method": "ties", "scope": "global"}
    copied.write_config()
    assert copied.planned() == AFTER_ONE_EVALUATION | {"evaluate_merge": 6}


def test_a_changed_merger_parameter_reruns_that_merger(copied):
    copied.config["mergers"]["ties"]["keep"] = 0.3
    copied.write_config()
    assert copied.planned() == AFTER_ONE_EVALUATION | {"evaluate_merge": 6}


def test_an_edited_merger_reruns_that_merger(copied):
    source = copied / "workflow/scripts/mergeability/mergers/ties.py"
    source.write_text(source.read_text() + "# edited\n")
    assert copied.planned() == AFTER_ONE_EVALUATION | {"evaluate_merge": 6}


def test_a_new_task_leaves_existing_checkpoints_and_evaluations_alone(copied):
    copied.config["zoos"]["mini"]["tasks"].append("count")
    copied.write_config()
    planned = copied.planned()
    assert planned["finetune_checkpoint"] == planned["evaluate_checkpoint"] == 1
    assert planned["evaluate_merge"] == 4 * 5
    assert planned["sketch_checkpoint"] == 5
    assert planned["compute_pair_metrics"] == 10


def test_a_new_task_leaves_metrics_alone_where_calibration_tasks_are_fixed(copied):
    copied.config["zoos"]["mini"]["calibration"]["tasks"] = [
        "arrows",
        "colours",
        "grating",
        "shapes",
    ]
    copied.config["zoos"]["mini"]["tasks"].append("count")
    copied.write_config()
    planned = copied.planned()
    assert planned["sketch_checkpoint"] == 1
    assert planned["compute_pair_metrics"] == 4


def test_order_comments_and_touched_files_change_nothing(copied):
    zoo = copied.config["zoos"]["mini"]
    zoo["tasks"].reverse()
    copied.config["mergers"] = dict(reversed(copied.config["mergers"].items()))
    copied.config["metrics"]["families"].reverse()
    copied.write_config()
    config = copied / "config/config.yaml"
    config.write_text("# a comment\n" + config.read_text())
    for path in (copied / "workflow").rglob("*.py"):
        os.utime(path)
    assert copied.planned() == {}
