"""What the rules need that merge pairs and test them on probe samples, for a reference.

Probe samples are a few labelled training images per task. Pairs are tested on them only where the
study has a predictor that merges.
"""

from typing import NamedTuple

from mergeability.workflow import paths as layout
from mergeability.workflow.building import Building
from mergeability.workflow.zoos import Wildcards


class Samples(NamedTuple):
    """Images that merges are tested on, the accuracies that normalise, and what comes out.

    `rule` names the rule of a merge, `title` says in messages what is done. The rest are patterns.
    """

    rule: str
    title: str
    images: str
    singles: str
    merges: str


TESTS = Samples(
    "evaluate_merge", "Evaluating", layout.TEST_SPLIT, layout.SINGLE_EVALUATION,
    layout.MERGE_EVALUATION,
)  # fmt: skip
PROBES = Samples("probe_merge", "Probing", layout.PROBES, layout.PROBED_SINGLE, layout.PROBED_MERGE)


class Probing(Building):
    """Inputs of the rules that test merges, on test images and on probe samples."""

    @property
    def tested_samples(self) -> list[Samples]:
        """The images that merges are tested on."""
        return [TESTS, PROBES] if self.probes else [TESTS]

    @property
    def merge_evaluations(self) -> list[str]:
        """Patterns: what the merges of pairs do on all these images."""
        return [samples.merges for samples in self.tested_samples]

    @property
    def probes(self) -> bool:
        """Whether a predictor merges."""
        return any(self.method_of(name).merges for name in self.predictors)

    def probed_merges(self, wildcards: Wildcards) -> list[str]:
        """Input: what the merges of a merger do on probe samples, where a predictor asks."""
        return self.every(layout.PROBED_MERGE)(wildcards) if self.probes else []
