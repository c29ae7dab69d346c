"""What several rule files share: the checked config, file names, and input functions."""

from functools import partial

from mergeability.configuration import config_problems, parameters_of
from mergeability.dependencies import code_of
from mergeability.metrics.registry import FAMILIES, metric_names
from mergeability.naming import PAIR_SEPARATOR, all_pairs, split_pair
from mergeability.plan import bundle_pairs
from mergeability.prediction.registry import PREDICTORS, resolve_parameters

if problems := config_problems(config, f"{ROOT}/workflow/schemas/config.schema.yaml"):
    raise WorkflowError("Bad configuration:", *problems)

ZOOS = sorted(config["zoos"])
MERGERS = sorted(config["mergers"])
PREDICTIONS = config["prediction"]

ENVIRONMENT = "../envs/mergeability.yaml"
GPUS = config["gpus_per_job"]

DATASET = "resources/datasets/{collection}/{task}"
BACKBONE = "resources/backbones/{backbone}"


wildcard_constraints:
    task=r"[^/]+",
    pair=rf"[^/]+{PAIR_SEPARATOR}[^/]+",
    **{name: r"[^/]+" for name in ("zoo", "merger", "target", "predictor", "collection", "backbone")},


def code(*roots):
    """The library files behind a script, as inputs: editing one reruns what depends on it.

    Plain paths relative to the repository, so that files are compared by content.
    """
    return [f"workflow/scripts/{file}" for file in code_of(*roots)]


def tasks_of(zoo):
    """Tasks of a zoo in the order of names, which no reordering of the config changes."""
    return sorted(config["zoos"][zoo]["tasks"])


def zoo_seed(wildcards):
    """The seed of a zoo, to be combined with names."""
    return config["zoos"][wildcards.zoo]["seed"]


def dataset_file(file, wildcards):
    """A file of the dataset of a zoo's task."""
    collection = config["zoos"][wildcards.zoo]["datasets"]
    return f"{DATASET}/{file}".format(collection=collection, task=wildcards.task)


def backbone_file(file, wildcards):
    """A file of the backbone of a zoo."""
    return f"{BACKBONE}/{file}".format(backbone=config["zoos"][wildcards.zoo]["backbone"])


def per_task(pattern, wildcards):
    """`pattern` for every task of the zoo."""
    return expand(pattern, zoo=wildcards.zoo, task=tasks_of(wildcards.zoo))


def per_pair_task(pattern, wildcards):
    """`pattern` for both tasks of the pair, in order of names."""
    return expand(pattern, zoo=wildcards.zoo, task=split_pair(wildcards.pair))
