"""A recommendation as one HTML page that needs no network."""

from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, StrictUndefined

from mergeability.analysis.choices import BEST_ON_AVERAGE, CHANCE
from mergeability.figures.style import readable
from mergeability.prediction.comparison import ALL_MERGERS
from mergeability.prediction.problem import CONFIDENCE
from mergeability.recommendation.forecast import Learner
from mergeability.recommendation.ranking import Recommendation

_BEST, _WORST = 15, 5
_TEMPLATE = Path(__file__).with_name("page.html")


def render_page(
    name: str,
    zoo: str,
    found: Recommendation,
    known: Mapping[str, pd.DataFrame],
    learner: Learner,
    figure: str | Path,
) -> str:
    """The page (everything escaped) with the SVG `figure` inside.

    `known`: the pairs tables of each merger of the zoo, which `found` was learned from.
    """
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"number": "{:.3f}".format, "percent": "{:.0%}".format}
    environment.filters["readable"] = readable
    table = next(iter(known.values()))
    pairs = found.pairs.rename(columns={f"predicted_{learner.target}": "predicted"})
    best = pairs[pairs["merger_rank"] == 1]
    return environment.from_string(_TEMPLATE.read_text(encoding="utf-8")).render(
        name=name,
        zoo=zoo,
        learner=learner,
        confidence=CONFIDENCE,
        figure=b64encode(Path(figure).read_bytes()).decode(),
        n_candidates=len({*pairs["task_a"], *pairs["task_b"]}),
        n_known={"tasks": len({*table["task_a"], *table["task_b"]}), "pairs": len(table)},
        n_pairs=len(best),
        best=best.head(_BEST).to_dict("records"),
        worst=best.iloc[_BEST:].tail(_WORST).to_dict("records"),
        n_outside=int(best["outside"].sum()),
        unbounded=bool(pairs["low"].isna().any()),
        mergers=_mergers(pairs, known, learner),
        best_on_average=found.best_on_average,
        merger_choice=_regrets(found, learner, "merger", 1),
        partner_choice={k: _regrets(found, learner, "partner", k) for k in (1, 5)},
        coverage=found.coverage.set_index("merger").to_dict("index"),
        every=ALL_MERGERS,
    )


def _mergers(
    pairs: pd.DataFrame, known: Mapping[str, pd.DataFrame], learner: Learner
) -> list[dict[str, Any]]:
    """Per merger: mean prediction, for how many pairs it comes first, mean over known pairs."""
    rows = [
        {
            "merger": merger,
            "predicted": group["predicted"].mean(),
            "first": int((group["merger_rank"] == 1).sum()),
            "known": known[str(merger)][learner.target].mean(),
        }
        for merger, group in pairs.groupby("merger", sort=True)
    ]
    return sorted(rows, key=lambda row: -row["predicted"])


def _regrets(
    found: Recommendation, learner: Learner, choice: str, tries: int
) -> dict[str, dict[str, Any]]:
    """Regret of the predictor and of what it is compared with; empty where unmeasured.

    Keys: `predictor`, `chance`, `fixed` (best on average) and `difference` (predictor - fixed).
    """
    rows = found.choices
    rows = rows[
        (rows["choice"] == choice) & (rows["tries"] == tries) & (rows["merger"] == ALL_MERGERS)
    ].set_index(["strategy", "statistic"])
    wanted = {
        "predictor": (learner.method, "regret"),
        "chance": (CHANCE, "regret"),
        "fixed": (BEST_ON_AVERAGE, "regret"),
        "difference": (learner.method, "regret_difference"),
    }
    return {
        name: dict(rows.loc[key, ["value", "low", "high", "n_pairs", "n_tasks"]])
        for name, key in wanted.items()
        if key in rows.index
    }
