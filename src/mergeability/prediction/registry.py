"""The predictors, protocols and targets, as plain data that costs nothing to import.

A method is the function `fit` (see `mergeability.prediction.problem`) of the module
`mergeability.prediction.<name>`, and one entry here. Fits do not read this file: they are given
the parameters that `resolve_parameters` completes, so that a new entry leaves old folds alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PAPER = "arXiv 2601.22285"

TARGETS: Mapping[str, str] = {
    "normalized_accuracy": (
        "mean over both tasks of merged accuracy / fine-tuned accuracy; the paper's definition"
    ),
    "accuracy": "mean merged accuracy of both tasks; the published correlations are on this",
}

STATISTIC_TITLES: Mapping[str, str] = {
    "validation_r": "validation r, mean over folds",
    "relative_r": "r over held-out pairs, relative to training means",
    "pooled_r": "pooled r over held-out pairs",
}


@dataclass(frozen=True)
class Protocol:
    """How predictions are tested, and the statistic that sums them up (see `summary.summarize`).

    `pooled_r` stands beside it. Under `l2to` the two differ by the training mean of the fold, which
    every fitted score contains. It moves against the held-out pair: where both tasks merge well,
    the training pairs left without them merge worse than average. A ridge score is

        train_mean + (x - train_mean of x) . w

    `pooled_r` correlates it as it is, hence with the first term's move in the wrong direction;
    `relative_r` drops that term, and with it nothing that is known of the pair. Someone who fits
    once and ranks new pairs has one training mean for all of them, as in `relative_r`.
    """

    description: str
    statistic: str

    @property
    def statistics(self) -> tuple[str, str]:
        """What tables state of a protocol: its statistic, and `pooled_r`."""
        return self.statistic, "pooled_r"


PROTOCOLS: Mapping[str, Protocol] = {
    "loto": Protocol(
        "leave one task out: train on the pairs without the task, predict the pairs with it",
        statistic="validation_r",
    ),
    "l2to": Protocol(
        "leave two tasks out: train on the pairs that share no task with the predicted one",
        statistic="relative_r",
    ),
    "split": Protocol(
        "halve the tasks: train on the pairs of one half, predict the pairs of the other",
        statistic="validation_r",
    ),
}


@dataclass(frozen=True)
class Parameter:
    """One parameter of a predictor: a number, or a tuple of numbers, not below `minimum`."""

    default: int | float | tuple[float, ...]
    meaning: str
    minimum: float = 0.0

    @property
    def kind(self) -> str:
        """`integer`, `number` or `numbers`, from the type of the default."""
        if isinstance(self.default, tuple):
            return "numbers"
        return "integer" if isinstance(self.default, int) else "number"

    def check(self, value: Any) -> int | float | tuple[float, ...]:
        """`value` in the type of the default; raises `ValueError` where it is not of that kind."""
        values = value if self.kind == "numbers" and isinstance(value, list | tuple) else [value]
        allowed = int if self.kind == "integer" else int | float
        for item in values:
            if not isinstance(item, allowed) or isinstance(item, bool) or not item >= self.minimum:
                raise ValueError(f"expected {self.kind} >= {self.minimum:g}, got {value!r}")
        if self.kind == "numbers":
            if not values:
                raise ValueError("expected at least one number")
            return tuple(float(item) for item in values)
        return int(value) if self.kind == "integer" else float(value)


@dataclass(frozen=True)
class Predictor:
    """What the workflow needs to know of a predictor without importing it.

    A method that `uses_metrics` learns from the metrics of some families. A method of `one_column`
    is given one column of the pairs table instead, and its score is that column. Scores
    `in_target_units` are fitted to the target and can be compared with it, others only rank the
    pairs of one fold. A `linear` method gives one coefficient per metric. One that `merges` looks
    at what the others foretell: the pair itself, merged and tested on a few labelled samples.
    """

    description: str
    source: str
    uses_metrics: bool
    in_target_units: bool
    linear: bool = False
    one_column: bool = False
    merges: bool = False
    parameters: Mapping[str, Parameter] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """`predictor`, `baseline` (learns nothing from metrics) or `merges`; drawn apart."""
        if self.merges:
            return "merges"
        return "predictor" if self.uses_metrics else "baseline"


_DESCENT: Mapping[str, Parameter] = {
    "learning_rate": Parameter(0.01, "step size of Adam"),
    "steps": Parameter(2000, "most steps of Adam; the paper's text says 1000", minimum=1),
    "patience": Parameter(
        100, "steps without progress before a fold stops; the paper's text says 50", minimum=1
    ),
    "tolerance": Parameter(
        1e-5, "fall of the loss that counts as progress; the paper's text says 1e-4"
    ),
}

_PENALTIES: Mapping[str, Parameter] = {
    "task_penalties": Parameter(
        tuple(10.0**power for power in range(-2, 3)),
        "penalties of task effects to choose from, beside infinity (no task effects)",
        minimum=1e-12,
    ),
    "metric_penalties": Parameter(
        tuple(10.0**power for power in range(-2, 5)),
        "penalties of coefficients to choose from, beside infinity (no metrics)",
        minimum=1e-12,
    ),
}

PREDICTORS: Mapping[str, Predictor] = {
    "pearson_l1": Predictor(
        description="linear score that maximises Pearson r minus an L1 penalty, by Adam",
        source=f"{PAPER}, section 4",
        uses_metrics=True,
        in_target_units=False,
        linear=True,
        parameters={
            "penalty": Parameter(1.0, "weight of the L1 norm of the coefficients"),
            **_DESCENT,
            "cut": Parameter(1e-3, "coefficients below this size become zero in the end"),
        },
    ),
    "pearson": Predictor(
        description="linear score that maximises Pearson r, by Adam",
        source=f"{PAPER}, Table 19",
        uses_metrics=True,
        in_target_units=False,
        linear=True,
        parameters=_DESCENT,
    ),
    "mse": Predictor(
        description="linear regression of least squared error, by Adam",
        source=f"{PAPER}, Tables 11 and 12",
        uses_metrics=True,
        in_target_units=True,
        linear=True,
        parameters=_DESCENT,
    ),
    "mlp": Predictor(
        description="neural network with one small hidden layer, on the squared error, by Adam",
        source=f"{PAPER}, Table 13",
        uses_metrics=True,
        in_target_units=True,
        parameters={
            "hidden": Parameter(8, "hidden units", minimum=1),
            "dropout": Parameter(0.4, "share of hidden units that a step leaves out; below 1"),
            "epochs": Parameter(300, "steps of Adam on all training pairs", minimum=1),
            "learning_rate": Parameter(0.01, "step size of Adam"),
        },
    ),
    "ridge": Predictor(
        description="ridge regression, penalty chosen by leaving tasks out of the training pairs",
        source="Hoerl and Kennard, Technometrics 12, 1970",
        uses_metrics=True,
        in_target_units=True,
        linear=True,
        parameters={
            "alphas": Parameter(
                tuple(10.0**power for power in range(-3, 5)),
                "penalties to choose from",
                minimum=1e-12,
            ),
        },
    ),
    "lasso": Predictor(
        description="Lasso, penalty chosen by leaving tasks out of the training pairs",
        source="Tibshirani, J. Royal Statistical Society B 58, 1996",
        uses_metrics=True,
        in_target_units=True,
        linear=True,
        parameters={
            "ratios": Parameter(
                tuple(10.0 ** (-power / 3) for power in range(7)),
                "penalties to choose from, relative to the least that makes all coefficients zero",
                minimum=1e-12,
            ),
        },
    ),
    "kernel_ridge": Predictor(
        description="kernel ridge regression with a Gaussian kernel: a black box to compare with",
        source="Saunders, Gammerman and Vovk, ICML 1998",
        uses_metrics=True,
        in_target_units=True,
        parameters={
            "widths": Parameter(
                (0.5, 1.0, 2.0, 4.0),
                "widths of the kernel to choose from, in root mean square distance per metric",
                minimum=1e-3,
            ),
            "alphas": Parameter(
                tuple(10.0**power for power in range(-3, 2)),
                "penalties to choose from, relative to the kernel of a pair with itself",
                minimum=1e-9,
            ),
        },
    ),
    "additive": Predictor(
        description="effects of both tasks plus metrics, by ridge regression with two penalties",
        source="task effects as in Griffing, Australian J. Biological Sciences 9, 1956",
        uses_metrics=True,
        in_target_units=True,
        linear=True,
        parameters=_PENALTIES,
    ),
    "mixed": Predictor(
        description="the model of additive, chosen to predict the level of unseen tasks too",
        source="task effects as in Griffing, Australian J. Biological Sciences 9, 1956",
        uses_metrics=True,
        in_target_units=True,
        linear=True,
        parameters=_PENALTIES,
    ),
    "partner_mean": Predictor(
        description="mean target of the partner task over the training pairs; no metric",
        source="baseline of this project",
        uses_metrics=False,
        in_target_units=True,
    ),
    "single_accuracy": Predictor(
        description="mean of the two fine-tuned accuracies; learns nothing",
        source="baseline of this project",
        uses_metrics=False,
        in_target_units=False,
    ),
    "metric": Predictor(
        description="one metric, named by the entry, as it is; learns nothing",
        source="baseline of this project",
        uses_metrics=False,
        in_target_units=False,
        one_column=True,
    ),
    "probe_merge": Predictor(
        description="the target of the merge itself on a few labelled samples; learns nothing",
        source="reference of this project",
        uses_metrics=False,
        in_target_units=False,
        one_column=True,
        merges=True,
    ),
}


def titled(predictor: str, method: str) -> str:
    """What tables and figures call a predictor; references that merge say so."""
    return f"{predictor} (merges)" if PREDICTORS[method].merges else predictor


def in_reading_order(methods: Mapping[str, str]) -> list[str]:
    """Names of predictors by method as registered, then by name; `methods` maps each to its own."""
    rank = {method: place for place, method in enumerate(PREDICTORS)}
    return sorted(methods, key=lambda predictor: (rank[methods[predictor]], predictor))


def resolve_parameters(predictor: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """All parameters of `predictor`, sorted by name: those given, checked, and defaults.

    Raises `ValueError`, naming the predictor, for unknown predictors, unknown parameters and
    values of the wrong kind.
    """
    if predictor not in PREDICTORS:
        raise ValueError(f"unknown predictor {predictor!r}; known: {', '.join(PREDICTORS)}")
    known = PREDICTORS[predictor].parameters
    if unknown := sorted(set(given) - set(known)):
        raise ValueError(
            f"predictor {predictor!r} has no parameter {unknown}; known: {sorted(known)}"
        )
    resolved: dict[str, Any] = {}
    for name, parameter in sorted(known.items()):
        try:
            resolved[name] = parameter.check(given.get(name, parameter.default))
        except ValueError as error:
            raise ValueError(f"predictor {predictor!r}, parameter {name!r}: {error}") from error
    return resolved
