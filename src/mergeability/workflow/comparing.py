"""What the rules need that set the predictors of several zoos side by side."""

from typing import Any

from mergeability.workflow import paths as layout
from mergeability.workflow.building import Building
from mergeability.workflow.zoos import Wildcards


class Comparing(Building):
    """Inputs and params of the rules about predictors over several zoos."""

    def compared_zoos(self, wildcards: Wildcards) -> list[str]:
        """Param: the zoos of a comparison, the baseline first."""
        entry = self.config["comparisons"][wildcards.comparison]
        others = {zoo for zoo in entry["zoos"] if zoo in self.zoos} - {entry["baseline"]}
        return [entry["baseline"], *sorted(others)]

    def zoos_apart(self, wildcards: Wildcards) -> list[str]:
        """Param: the zoos of a comparison that are reported and never averaged."""
        entry = self.config["comparisons"][wildcards.comparison]
        return sorted(zoo for zoo in entry.get("set_aside", []) if zoo in self.zoos)

    def compared_skills(self, wildcards: Wildcards) -> dict[str, Any]:
        """Inputs by name: the summaries of all zoos of a comparison, and without each task."""
        zoos = sorted([*self.compared_zoos(wildcards), *self.zoos_apart(wildcards)])
        return {
            "summaries": self.of_zoos(zoos, layout.SUMMARY),
            "left_out": self.of_zoos(zoos, layout.LEFT_OUT),
        }

    def compared_files(self) -> list[str]:
        """Tables and figures of predictors over the zoos of all comparisons."""
        return [
            file
            for comparison in self.comparisons
            for pattern in (layout.COMPARED_PREDICTORS, layout.COMPARED_FIGURE)
            for file in self.files(pattern, self.zoos[0], comparison=comparison)
        ]
