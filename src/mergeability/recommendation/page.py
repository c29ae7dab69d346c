"""A recommendation as one HTML page that needs no network, and as text for a terminal."""

from base64 import b64encode
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, StrictUndefined

from mergeability.figures.style import readable
from mergeability.prediction.comparison import ALL_MERGERS
from mergeability.prediction.problem import CONFIDENCE
from mergeability.recommendation.cautions import cautions, regrets
from mergeability.recommendation.forecast import Learner
from mergeability.recommendation.ranking import IMPOSSIBLE, Recommendation

_BEST, _WORST = 15, 5
_TEMPLATE = Path(__file__).with_name("page.html")


def render_page(
    name: str,
    zoo: str,
    found: Recommendation,
    known: Mapping[str, pd.DataFrame],
    learner: Learner,
    figure: str | Path,
    left_out: Sequence[Mapping[str, str]] = (),
) -> str:
    """The page (everything escaped) with the SVG `figure` inside.

    `known`: the pairs tables of each merger of the zoo, which `found` was learned from. `left_out`:
    `candidate` and `reason` of each that was not compared.
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
        cautions=list(cautions(found, learner)),
        left_out=left_out,
        unbounded=bool(pairs["low"].isna().any()),
        mergers=_mergers(pairs, known, learner),
        best_on_average=found.best_on_average,
        merger_choice=regrets(found, learner, "merger", 1),
        partner_choice={k: regrets(found, learner, "partner", k) for k in (1, 5)},
        coverage=found.coverage.set_index("merger").to_dict("index"),
        every=ALL_MERGERS,
    )


def _remark(row: Mapping[Hashable, Any]) -> str:
    if row["why"].endswith(IMPOSSIBLE):
        return f"outside: predicted a value {IMPOSSIBLE}"
    return "outside" if row["outside"] else ""


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


def render_text(
    found: Recommendation, learner: Learner, left_out: Sequence[Mapping[str, str]]
) -> str:
    """The answer for a terminal: warnings, what was left out, and the best pairs as a table."""
    lines = [f"{caution.title} {caution.text}" for caution in cautions(found, learner)]
    lines += [f"Left out: {row['candidate']}: {row['reason']}" for row in left_out]
    best = found.pairs[found.pairs["merger_rank"] == 1]
    rows = [("rank", "pair", "merger", "predicted", "interval", "")]
    for row in best.head(_BEST).to_dict("records"):
        bounded = row["low"] == row["low"]  # not NaN
        rows.append(
            (
                str(row["rank"]),
                f"{row['task_a']} + {row['task_b']}",
                readable(row["merger"]),
                f"{row[f'predicted_{learner.target}']:.3f}",
                f"{row['low']:.3f} to {row['high']:.3f}" if bounded else "unknown",
                _remark(row),
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    table = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    if len(best) > _BEST:
        table.append(f"and {len(best) - _BEST} more pairs")
    title = f"Pairs by predicted {readable(learner.target)}, each with its best merger"
    return "\n".join([*lines, *[""] * bool(lines), title, *table, ""])
