"""Files that are asked for by names that no entry of the config has: one line each."""

import pytest
from workspace import miniature_config

from mergeability.workflow.study import Study
from mergeability.workflow.targets import target_problems

WRONG = {
    "merged/tsvv/arrows__shapes.safetensors": "unknown 'tsvv' (did you mean 'tsv'?); allowed: dare",
    "merged/tsv/arrow__shapes.safetensors": "unknown 'arrow' (did you mean 'arrows'?); allowed: ",
    "merged/tsv/arrows__colours__shapes.safetensors": "a pair has two tasks, 'arrows__colours__sh",
    "metrics/arrows__arrows.parquet": "a pair has two different tasks, 'arrows__arrows' names",
    "evaluations/ties/shapes__arrows.json": "tasks of a pair are in lexicographic order: arrows__",
    "evaluations/single/greek.json": "task: unknown 'greek'; allowed: arrows, colours, grating",
    "checkpoints/shape.safetensors": "task: unknown 'shape' (did you mean 'shapes'?)",
    "prediction/accuracy/rige/ties/loto/arrows.parquet": "predictor: unknown 'rige' (did you mean",
    "figures/prediction/acuracy/ridge.png": "target: unknown 'acuracy' (did you mean 'accuracy'?)",
    "pairs/tie.parquet": "merger: unknown 'tie' (did you mean 'ties'?)",
}
SOUND = [
    "all",
    "evaluate_merge",
    "README.md",
    "results/mini/report.html",
    "results/mini/logs/evaluate_merge/ties/anything.log",
    "results/mini/merged/tsv/arrows__shapes.safetensors",
    "results/mini/evaluations/single/shapes.json",
    "results/mini/evaluations/ties/arrows__shapes.json",
    "results/mini/figures/prediction/accuracy/ridge.png",
    "results/mini/prediction/accuracy/summary.parquet",
    "resources/datasets/tiny/arrows/train.safetensors",
    "resources/backbones/tiny_clip/vision.safetensors",
]


@pytest.fixture(scope="module")
def study():
    return Study(miniature_config())


@pytest.mark.parametrize("file", WRONG)
def test_a_name_that_does_not_exist_is_one_line_with_the_target(study, file):
    (problem,) = target_problems(study, [f"results/mini/{file}"])
    assert problem.startswith(f"results/mini/{file}: ")
    assert WRONG[file] in problem
    assert "\n" not in problem


def test_an_unknown_zoo_is_named(study):
    (problem,) = target_problems(study, ["results/min/report.html"])
    assert problem.startswith("results/min/report.html: zoo: unknown 'min' (did you mean 'mini'?)")


@pytest.mark.parametrize("target", SOUND)
def test_everything_else_is_left_to_snakemake(study, target):
    assert list(target_problems(study, [target])) == []


def test_every_target_of_the_study_is_sound(study):
    files = [*study.merging.evaluation_files, *study.prediction.files, *study.analysis.files]
    assert list(target_problems(study, [*files, *study.report.files])) == []
