"""A pair of sketches as seen from one of its tasks: its own model, the other, and its own data."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np

from mergeability.files import Tensors, map_tensors, read_metadata, read_tensors
from mergeability.metrics.classification import Answers, Floats, classify, directions
from mergeability.metrics.geometry import inner_product
from mergeability.metrics.interpolation import FINE_TUNED, PRETRAINED

AnyPath = str | Path
Model = Literal["own", "other"]


class DirectedPair:
    """What the probe samples of one task say of a pair.

    `own` is the sketch of the task's checkpoint, `other` that of its partner. A state is how far a
    model is on the line theta_0 + state * tau from the pretrained weights to its own checkpoint;
    no weights mix both models. Embeddings [samples, embedding] are those of the task's probe
    samples, and not normalised. What is read or computed once is kept.
    """

    def __init__(self, own: AnyPath, other: AnyPath) -> None:
        self._paths = {"own": own, "other": other}
        self._kept: dict[Any, Any] = {}

    def answers(self, model: Model, state: float) -> Answers:
        """How a model answers the task, through the task's head."""
        return self.judge((model, state), lambda: self.embeddings(model, state))

    def judge(self, name: Any, embeddings: Callable[[], Floats]) -> Answers:
        """How well embeddings, known by a name, answer the task."""
        return self._once(
            ("answers", name),
            lambda: classify(embeddings(), self._array("probe_head"), self._array("probe_labels")),
        )

    def embeddings(self, model: Model, state: float) -> Floats:
        """What a model makes of the samples of the task."""
        if state == PRETRAINED:
            model = "own"  # both start from the same weights; only one sketch holds them
        task = self._once("task", lambda: str(read_metadata(self._paths["own"])["task"]))
        return self._array(f"output_{state}", task, model)

    def ratio(self, accuracy: float) -> float:
        """An accuracy over that of the task's checkpoint; `ValueError` where the latter is zero."""
        if (best := self.answers("own", FINE_TUNED).accuracy) == 0:
            raise ValueError(
                "a checkpoint gets no probe sample of its own task right, so that nothing can be "
                "compared with it; is it the checkpoint of this task?"
            )
        return accuracy / best

    def mean_angle(self, state: float) -> float:
        """Mean of 1 - cosine between the other model's and the pretrained embeddings, in [0, 2]."""
        before, after = self.embeddings("own", PRETRAINED), self.embeddings("other", state)
        return float(1 - np.mean(np.sum(directions(before) * directions(after), axis=1)))

    def along_other(self, part: str) -> float:
        """<v, tau>: a vector of the own sketch, and the task vector of the other model."""
        vector, tau = self._tensors("own", part), self._tensors("other", "task_vector")
        return sum(inner_product(vector[name], tau[name]) for name in sorted(tau))

    def fisher_product(self, first: Model, second: Model) -> float:
        """tau_1' F tau_2 with the Fisher information of the own model (diagonal)."""

        def product() -> float:
            fisher = self._tensors("own", "fisher")
            one, two = (self._tensors(model, "task_vector") for model in (first, second))
            return sum(
                inner_product(np.multiply(fisher[name], one[name], dtype=np.float64), two[name])
                for name in sorted(fisher)
            )

        return float(self._once(("fisher", first, second), product))

    def update_norms(self) -> dict[str, float]:
        """||tau||^2 of every tensor of the own model, by name."""
        names = sorted(self._tensors("own", "task_vector"))
        norms = self._array("task_vector_squared_norms")
        return dict(zip(names, norms.tolist(), strict=True))

    def _once(self, name: Any, compute: Callable[[], Any]) -> Any:
        if name not in self._kept:
            self._kept[name] = compute()
        return self._kept[name]

    def _array(self, part: str, name: str = "all", model: Model = "own") -> Floats:
        def read() -> Floats:
            found = read_tensors(self._paths[model], f"{part}/{name}")
            return found[""] if "" in found else self._missing(part)

        array: Floats = self._once((part, name, model), read)
        return array

    def _tensors(self, model: Model, part: str) -> Tensors:
        def read() -> Tensors:
            found = map_tensors(self._paths[model], f"{part}/")
            return found or self._missing(part)

        tensors: Tensors = self._once((part, model), read)
        return tensors

    def _missing(self, part: str) -> Any:
        raise ValueError(
            f"{self._paths['own']} and {self._paths['other']}: part {part!r} is missing; rebuild "
            "the sketches with the metric families of the config"
        )
