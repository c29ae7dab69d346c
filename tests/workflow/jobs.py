"""Names of the jobs of the miniature zoo, as their messages give them."""

from collections.abc import Collection
from itertools import combinations

from workspace import TASKS

MERGERS = ["dare", "task_arithmetic", "ties", "tsv", "weight_average"]
TARGETS = ["accuracy", "normalized_accuracy"]
FITTED = ["pearson_l1", "ridge"]
PROTOCOLS = ["l2to", "loto", "split"]
ABLATIONS = ["only_family", "penalty", "seed", "without_family"]
PREDICTORS = [*FITTED, "partner_mean", "single_accuracy"]


def pairs_of(tasks: Collection[str]) -> list[str]:
    return [f"{a}__{b}" for a, b in combinations(sorted(tasks), 2)]


PAIRS = pairs_of(TASKS)


def pairs_with(task: str, others: Collection[str] = TASKS) -> list[str]:
    return [pair for pair in pairs_of({task, *others}) if task in pair.split("__")]


def preparations(tasks: Collection[str]) -> set[str]:
    """Dataset and head of each task."""
    return {f"Preparing dataset {t}" for t in tasks} | heads(tasks)


def heads(tasks: Collection[str]) -> set[str]:
    return {f"Building the zero-shot head of {t}" for t in tasks}


def draws(tasks: Collection[str] = TASKS) -> set[str]:
    return {f"Drawing calibration samples of {t}" for t in tasks}


def checkpoints(tasks: Collection[str] = TASKS) -> set[str]:
    return {f"Fine-tuning on {t}" for t in tasks}


def singles(tasks: Collection[str] = TASKS) -> set[str]:
    return {f"Evaluating the checkpoint of {t}" for t in tasks}


def merges(mergers: Collection[str] = MERGERS, pairs: Collection[str] = PAIRS) -> set[str]:
    return {f"Evaluating merges by {m}: {p}" for m in mergers for p in pairs}


def sketches(tasks: Collection[str] = TASKS) -> set[str]:
    return {f"Sketching the checkpoint of {t}" for t in tasks}


def metrics(pairs: Collection[str] = PAIRS) -> set[str]:
    return {f"Computing metrics of {p}" for p in pairs}


def fits(mergers: Collection[str], predictors: Collection[str] = PREDICTORS) -> set[str]:
    return {f"Fitting {p} on {t} of {m}" for p in predictors for t in TARGETS for m in mergers}


def summaries(
    drawn: Collection[str] = PREDICTORS, predictors: Collection[str] = PREDICTORS
) -> set[str]:
    """Summaries, and what shows them; predictions are drawn anew of the `drawn` predictors."""
    linear = [p for p in predictors if p not in ("partner_mean", "single_accuracy")]
    return {
        *(f"Summarising predictions of {t}" for t in TARGETS),
        *(f"Describing coefficients for {t}" for t in TARGETS),
        *(f"Measuring choices by predictions of {t}" for t in TARGETS),
        *(f"Plotting choices by predictions of {t}" for t in TARGETS),
        *(f"Plotting predictions of {t} by {p}" for t in TARGETS for p in drawn),
        *(f"Plotting coefficients of {p} for {t}" for t in TARGETS for p in linear),
        *(f"Plotting the spread of coefficients of {p} for {t}" for t in TARGETS for p in linear),
        *(f"Plotting metrics selected by {p} for {t}" for t in TARGETS for p in linear),
        *(f"Plotting {p} skill for {t}" for t in TARGETS for p in PROTOCOLS),
        *(f"Plotting {p} differences for {t}" for t in TARGETS for p in PROTOCOLS),
        "Writing the summary table of zoo mini",
        "Writing the overview of zoo mini",
        "Writing the report of zoo mini",
    }


def varied(ablations: Collection[str] = ABLATIONS) -> set[str]:
    """Ablations and what shows them."""
    return {
        *(f"Varying {a} for {t}" for t in TARGETS for a in ablations),
        *(f"Plotting {a} of pearson_l1 for {t}" for t in TARGETS for a in ablations),
    }


def refits() -> set[str]:
    """All that fits the predictor of the analyses again."""
    return varied() | {f"Predicting {t} from metrics of permuted tasks" for t in TARGETS}


def analyses() -> set[str]:
    """All that rests on the pairs tables beside predictions."""
    return {
        *refits(),
        *(f"Correlating single metrics with {t}" for t in TARGETS),
        *(f"Plotting correlations of metrics with {t}" for t in TARGETS),
        *(f"Selecting metrics for {t}" for t in TARGETS),
        "Auditing the metrics of zoo mini",
        "Grouping redundant metrics of zoo mini",
        "Plotting the redundancy of metrics of zoo mini",
        "Decomposing the variance of the targets of zoo mini",
        "Plotting the variance of the targets of zoo mini",
        *(f"Describing what merging leaves of each task: {t}" for t in TARGETS),
        *(f"Plotting effects of single tasks on {t}" for t in TARGETS),
        "Tabulating the mergers of zoo mini",
        "Plotting the mergers of zoo mini",
    }


def after_pairs(mergers: Collection[str] = MERGERS) -> set[str]:
    """All that follows from new metrics, or new evaluations of some mergers."""
    return {
        *(f"Collecting the pairs merged by {m}" for m in mergers),
        "Collecting the pairs of zoo mini",
        *(f"Plotting accuracies of {m}" for m in mergers),
        *fits(mergers),
        *summaries(),
        *analyses(),
    }


def planned_after(workspace, change):
    """The jobs planned after `change` to the config, a function that edits it in place."""
    change(workspace.config)
    workspace.write_config()
    return workspace.planned()
