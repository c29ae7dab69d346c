"""The reproduction as one document."""

from collections.abc import Mapping
from typing import Any

from mergeability.reproduction.evidence import Paper, Results
from mergeability.reproduction.sections import (
    Section,
    ablation_sections,
    coefficient_sections,
    correlation_section,
    loto_sections,
    objective_sections,
    recipe_section,
    selection_section,
    trust_sections,
    unseen_sections,
)


def write_document(
    paper: Paper,
    results: Results,
    *,
    zoo: str,
    measured_zoo: str,
    recipe: str,
    complete: Mapping[str, Any] | None,
) -> str:
    """Markdown that sets the printed tables beside ours, with what they leave out.

    `recipe` names the predictor with the published settings; `complete` is what
    `list_complete_pairs` found, or None where fits use all pairs that they can.
    """
    pairs = "all pairs with the values that a predictor needs"
    if complete:
        pairs = (
            f"the {complete['n_complete_pairs']} of {complete['n_pairs']} pairs that have every "
            "metric, and every target of every merger"
        )
    intro = (
        f"# Reproduction: {measured_zoo}\n\n"
        f"Written by the workflow (`results/{zoo}/reproduction.md`); not edited by hand. `paper` "
        "columns are numbers printed in arXiv 2601.22285, dashes where it has none; all others are "
        "computed from the measurements. Predictors are fitted and tested on "
        f"{pairs}. `accuracy` (mean merged accuracy) is what the published correlations are on; "
        "`normalized_accuracy` (merged / fine-tuned accuracy) is what the paper defines. What each "
        "number can and cannot show: docs/statistics.md."
    )
    sections: list[Section | None] = [
        *loto_sections(paper, results, recipe),
        *unseen_sections(results),
        *trust_sections(results, recipe),
        correlation_section(paper, results),
        *coefficient_sections(paper, results, recipe),
        *ablation_sections(paper, results, recipe),
        *objective_sections(paper, results, recipe),
        selection_section(results),
        recipe_section(paper, results, zoo),
    ]
    parts = [f"## {s.heading}\n\n{s.text}\n\n{s.table}" for s in sections if s is not None]
    return "\n\n".join([intro, *parts]) + "\n"
