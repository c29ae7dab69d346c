"""What the rule files share: the checked config, names of files, and input functions."""

import re
from pathlib import Path

from mergeability.configuration import config_problems, parameters_of
from mergeability.dependencies import code_of
from mergeability.metrics.registry import FAMILIES, metric_names
from mergeability.naming import PAIR_SEPARATOR, all_pairs, split_pair
from mergeability.plan import bundle_pairs
from mergeability.prediction.registry import PREDICTORS, resolve_parameters

if problems := config_problems(config, f"{ROOT}/workflow/schemas/config.schema.yaml"):
    raise WorkflowError("The configuration has errors.", *problems)

ZOOS = sorted(config["zoos"])
MERGERS = sorted(config["mergers"])
PREDICTORS_USED = sorted(config["prediction"]["predictors"])
TARGETS = sorted(config["prediction"]["targets"])
ENVIRONMENT = "../envs/mergeability.yaml"
GPUS = config["gpus_per_job"]

DATASET = "resources/datasets/{dataset}/{task}"
BACKBONE = "resources/backbones/{backbone}"
HEAD = "results/{zoo}/heads/{task}.safetensors"
CHECKPOINT = "results/{zoo}/checkpoints/{task}.safetensors"
CALIBRATION = "results/{zoo}/calibration/{task}.safetensors"
SKETCH = "results/{zoo}/sketches/{task}.safetensors"
SINGLE_EVALUATION = "results/{zoo}/evaluations/single/{task}.json"
MERGE_EVALUATION = "results/{zoo}/evaluations/{merger}/{pair}.json"
PAIR_METRICS = "results/{zoo}/metrics/{pair}.parquet"
MERGER_PAIRS = "results/{zoo}/pairs/{merger}.parquet"
PAIRS = "results/{zoo}/pairs.parquet"
FOLDS = "results/{zoo}/prediction/{target}/{predictor}/{merger}"
FOLD = f"{FOLDS}/loto/{{held_out_task}}.parquet"
FOLD_DIAGNOSTICS = f"{FOLDS}/loto/{{held_out_task}}.json"
SUMMARY = "results/{zoo}/prediction/{target}/summary.parquet"
COEFFICIENTS = "results/{zoo}/prediction/{target}/coefficients.parquet"


wildcard_constraints:
    zoo=r"[^/]+",
    task=r"[^/]+",
    pair=rf"[^/]+{PAIR_SEPARATOR}[^/]+",
    merger=r"[^/]+",
    target=r"[^/]+",
    predictor=r"[^/]+",
    held_out_task=r"[^/]+",
    dataset=r"[^/]+",
    backbone=r"[^/]+",


def code(*roots):
    """The library files behind a script, as inputs: editing one reruns what depends on it.

    Plain paths relative to the repository, so that files are compared by content.
    """
    return [f"workflow/scripts/{file}" for file in code_of(*roots)]


def setting(kind, *keys):
    """A param: the config's entry of this `kind` that the wildcard names, looked up by `keys`."""

    def look_up(wildcards):
        value = config[f"{kind}s"][wildcards[kind]]
        for key in keys:
            value = value[key]
        return value

    return look_up


def tasks_of(zoo):
    """Tasks of a zoo in the order of names, which no reordering of the config changes."""
    return sorted(config["zoos"][zoo]["tasks"])


def wildcard_values(name, zoo):
    """All values that a wildcard takes within a zoo."""
    if name in ("task", "held_out_task"):
        return tasks_of(zoo)
    if name == "pair":
        return all_pairs(tasks_of(zoo))
    return {"merger": MERGERS, "target": TARGETS, "predictor": PREDICTORS_USED}[name]


def files_of(pattern, zoo, **given):
    """The files that `pattern` stands for in a zoo; wildcards not given take all their values."""
    names = set(re.findall(r"{(\w+)}", pattern)) - {"zoo"} - set(given)
    free = {name: wildcard_values(name, zoo) for name in names}
    return expand(pattern, zoo=zoo, **given, **free)


def every(pattern):
    """An input function: all files of `pattern` that agree with the wildcards of the rule."""
    return lambda wildcards: files_of(pattern, **wildcards)


def per_pair_task(pattern):
    """An input function: `pattern` for both tasks of the pair, in the order of names."""
    return lambda wildcards: expand(pattern, zoo=wildcards.zoo, task=split_pair(wildcards.pair))


def dataset_file(file):
    """An input function: a file of the dataset of a zoo's task."""

    def of_zoo(wildcards):
        dataset = config["zoos"][wildcards.zoo]["dataset"]
        return f"{DATASET}/{file}".format(dataset=dataset, task=wildcards.task)

    return of_zoo


def backbone_file(file):
    """An input function: a file of the backbone of a zoo."""

    def of_zoo(wildcards):
        return f"{BACKBONE}/{file}".format(backbone=config["zoos"][wildcards.zoo]["backbone"])

    return of_zoo
