"""The predictors, protocols and targets, as plain data that costs nothing to import."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from mergeability.plugins import PACKAGE, Catalog, Methods

TARGETS: Mapping[str, str] = {
    "normalized_accuracy": (
        "mean over both tasks of merged accuracy / fine-tuned accuracy; the paper's definition"
    ),
    "accuracy": "mean merged accuracy of both tasks; the published correlations are on this",
}

# The column that holds what the proxies of a zoo say of a pair, a metric to be named by entries.
PROXY = "proxy"

STATISTIC_TITLES: Mapping[str, str] = {
    "validation_r": "validation r, mean over folds",
    "interaction_r": "r on the interaction, mean over folds",
    "relative_r": "r over held-out pairs, relative to training means",
    "relative_interaction_r": "r on the interaction, over held-out pairs",
    "pooled_r": "pooled r over held-out pairs",
}


@dataclass(frozen=True)
class Protocol:
    """How predictions are tested, and the statistic that sums them up (see `summary.summarize`).

    `interaction` is the statistic that says whether anything is known of pairs beyond their tasks.
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
    interaction: str

    @property
    def statistics(self) -> tuple[str, ...]:
        """What tables state of a protocol: its statistic, that on the interaction, `pooled_r`."""
        return self.statistic, self.interaction, "pooled_r"


PROTOCOLS: Mapping[str, Protocol] = {
    "loto": Protocol(
        "leave one task out: train on the pairs without the task, predict the pairs with it",
        statistic="validation_r",
        interaction="interaction_r",
    ),
    "l2to": Protocol(
        "leave two tasks out: train on the pairs that share no task with the predicted one",
        statistic="relative_r",
        interaction="relative_interaction_r",
    ),
    "split": Protocol(
        "halve the tasks: train on the pairs of one half, predict the pairs of the other",
        statistic="validation_r",
        interaction="interaction_r",
    ),
}


PREDICTOR_METHODS = Methods(PACKAGE / "prediction/predictors", "fit", largest=1e12)


class Predictor(NamedTuple):
    """What a predictor's module says of itself; see `mergeability.prediction.predictors`."""

    looks_at: str | None
    in_target_units: bool
    linear: bool
    without_training: bool

    @property
    def uses_metrics(self) -> bool:
        """Whether it learns from the metrics of some families."""
        return self.looks_at is None

    @property
    def takes_families(self) -> bool:
        """Whether an entry may name families: to learn from, or to look at beside directions."""
        return self.looks_at in (None, "directions")

    @property
    def merges(self) -> bool:
        """Whether it looks at what the others foretell: the pair itself, merged."""
        return self.looks_at == "merge"

    @property
    def one_column(self) -> bool:
        """Whether its score is one column of the pairs table."""
        return self.looks_at in ("one metric", "merge")

    @property
    def kind(self) -> str:
        """`predictor`, `baseline` (learns nothing from metrics) or `merges`; drawn apart."""
        if self.merges:
            return "merges"
        return "predictor" if self.takes_families else "baseline"


def _describe(method: str) -> Predictor:
    constant = partial(PREDICTOR_METHODS.constant, method)
    return Predictor(
        looks_at=constant("LOOKS_AT", "no metric", "one metric", "merge", "directions"),
        in_target_units=not constant("RANKS_ONLY", True, False),
        linear=bool(constant("LINEAR", True, False)),
        without_training=bool(constant("WITHOUT_TRAINING", True, False)),
    )


# In the order in which tables and figures show those that ship.
PREDICTORS = Catalog(
    PREDICTOR_METHODS,
    _describe,
    (
        "pearson_l1", "pearson", "mse", "mlp", "ridge", "lasso", "kernel_ridge", "additive",
        "mixed", "directional", "partner_mean", "single_accuracy", "metric", "probe_merge",
    ),
)  # fmt: skip


def titled(predictor: str, method: str) -> str:
    """What tables and figures call a predictor; references that merge say so."""
    return f"{predictor} (merges)" if PREDICTORS[method].merges else predictor


def in_reading_order(methods: Mapping[str, str]) -> list[str]:
    """Names of predictors by method as listed, then by name; `methods` maps each to its own."""
    rank = {method: place for place, method in enumerate(PREDICTORS)}
    return sorted(methods, key=lambda predictor: (rank[methods[predictor]], predictor))


def resolve_parameters(method: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """All parameters of a predictor, sorted by name: those given, and defaults.

    Raises `ValueError`, in one line per mistake, for what the config may not say.
    """
    if problems := list(PREDICTOR_METHODS.problems(method, method, given)):
        raise ValueError("\n".join(problems))
    return PREDICTOR_METHODS.resolve(method, given)
