"""The reproduction as one document."""

from collections.abc import Sequence

import pandas as pd

from mergeability.reproduction.coefficients import coefficient_sections, correlation_section
from mergeability.reproduction.evidence import Case
from mergeability.reproduction.sections import (
    Section,
    ablation_sections,
    loto_sections,
    objective_sections,
    recipe_section,
    selection_section,
    trust_sections,
    unseen_sections,
)


def write_document(
    cases: Sequence[Case], recipes: pd.DataFrame | None, *, zoo: str, recipe: str
) -> str:
    """Markdown that sets the printed tables beside ours, with what they leave out.

    `cases` are the zoos that every table shows, the one that the document belongs to first; `zoo`
    is its name in the config. `recipes` compares it with other recipes, if there are any. `recipe`
    names the predictor with the published settings.
    """
    intro = (
        f"# Reproduction: {' and '.join(case.name for case in cases)}\n\n"
        f"Written by the workflow (`results/{zoo}/reproduction.md`); not edited by hand. `paper` "
        "columns are numbers printed in arXiv 2601.22285, dashes where it has none; all others are "
        "computed from the measurements. Predictors are fitted and tested on "
        f"{'; '.join(map(_pairs, cases))}. `accuracy` (mean merged accuracy) is what the published "
        "correlations are on; `normalized_accuracy` (merged / fine-tuned accuracy) is what the "
        "paper defines. What each number can and cannot show: docs/statistics.md."
    )
    sections: list[Section | None] = [
        *loto_sections(cases, recipe),
        *unseen_sections(cases),
        *trust_sections(cases, recipe),
        correlation_section(cases),
        *coefficient_sections(cases, recipe),
        *ablation_sections(cases, recipe),
        *objective_sections(cases, recipe),
        selection_section(cases),
        recipe_section(cases[0], recipes, zoo),
    ]
    parts = [f"## {s.heading}\n\n{s.text}\n\n{s.table}" for s in sections if s is not None]
    return "\n\n".join([intro, *parts]) + "\n"


def _pairs(case: Case) -> str:
    if case.complete is None:
        return f"all pairs of {case.name} with the values that a predictor needs"
    return (
        f"the {case.complete['n_complete_pairs']} of {case.complete['n_pairs']} pairs of "
        f"{case.name} that have every metric, and every target of every merger"
    )
