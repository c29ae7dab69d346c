"""A recommendation as one HTML page that needs no network, and as text for a terminal."""

from base64 import b64encode
from collections.abc import Hashable, Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from mergeability.figures.style import readable
from mergeability.naming import split_pair
from mergeability.prediction.comparison import ALL_MERGERS
from mergeability.prediction.problem import CONFIDENCE
from mergeability.recommendation.cautions import cautions, regrets
from mergeability.recommendation.evidence import MERGES
from mergeability.recommendation.ranking import IMPOSSIBLE, Recommendation

_BEST, _WORST = 15, 5
_TEMPLATE = Path(__file__).with_name("page.html")


def render_page(
    name: str,
    found: Recommendation,
    figure: str | Path,
    left_out: Sequence[Mapping[str, str]] = (),
    zoo: str = "",
) -> str:
    """The page (everything escaped) with the SVG `figure` inside.

    `left_out`: `candidate` and `reason` of each that was not compared. `zoo`: the one of the
    candidates' backbone, where there is one.
    """
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"number": "{:.3f}".format, "percent": "{:.0%}".format}
    environment.filters["readable"] = readable
    pairs = found.pairs
    best = _records(found, merger_rank=1)
    evidence = [_tested(found, name, about) for name, about in found.about.items()]
    compared = [
        one["merger_choice"]["difference"]
        for one in evidence
        if "difference" in one["merger_choice"]
    ]
    return environment.from_string(_TEMPLATE.read_text(encoding="utf-8")).render(
        name=name,
        zoo=zoo,
        confidence=CONFIDENCE,
        figure=b64encode(Path(figure).read_bytes()).decode(),
        n_candidates=len({*pairs["task_a"], *pairs["task_b"]}),
        n_pairs=len(best),
        best=best[:_BEST],
        worst=best[_BEST:][-_WORST:],
        cautions=list(cautions(found)),
        left_out=left_out,
        mergers=_mergers(found),
        best_on_average=found.best_on_average,
        first=[split_pair(pair) for pair in found.first],
        evidence=evidence,
        difference=compared[0] if compared else None,
        every=ALL_MERGERS,
    )


def basis(row: Mapping[Hashable, Any]) -> str:
    """What the prediction of a pair rests on, in words."""
    return f"{row['evidence']}: {row['proxies']}" if row["proxies"] else str(row["evidence"])


def _tested(found: Recommendation, evidence: str, about: str) -> dict[str, Any]:
    """What is known of the predictions that rest on one evidence."""
    coverage = found.coverage[found.coverage["evidence"] == evidence]
    return {
        "name": evidence,
        "about": about,
        "tested": evidence != MERGES,
        "coverage": coverage.set_index("merger").to_dict("index"),
        "merger_choice": regrets(found, evidence, "merger", 1),
        "partner_choice": {k: regrets(found, evidence, "partner", k) for k in (1, 5)},
    }


def _records(found: Recommendation, **wanted: Any) -> list[dict[Hashable, Any]]:
    """Rows of the recommended pairs, with `predicted`, `of_each` and `basis` for readers."""
    rows = found.pairs
    for column, value in wanted.items():
        rows = rows[rows[column] == value]
    column = f"predicted_{found.target}"
    records = rows.rename(columns={f"{column}{end}": f"predicted{end}" for end in ("", "_a", "_b")})
    return [{**row, "basis": basis(row)} for row in records.to_dict("records")]


def _remark(row: Mapping[Hashable, Any]) -> str:
    if row["why"].endswith(IMPOSSIBLE):
        return f"outside: predicted a value {IMPOSSIBLE}"
    return "outside" if row["outside"] else ""


def _mergers(found: Recommendation) -> list[dict[str, Any]]:
    """Per merger: mean prediction, for how many pairs it comes first, mean over known pairs."""
    column = f"predicted_{found.target}"
    rows = [
        {
            "merger": merger,
            "predicted": group[column].mean(),
            "first": int((group["merger_rank"] == 1).sum()),
            "known": found.means[str(merger)],
        }
        for merger, group in found.pairs.groupby("merger", sort=True)
    ]
    return sorted(rows, key=lambda row: -row["predicted"])


def render_text(found: Recommendation, left_out: Sequence[Mapping[str, str]]) -> str:
    """The answer for a terminal: warnings, what was left out, and the best pairs as a table."""
    lines = [f"{caution.title} {caution.text}" for caution in cautions(found)]
    lines += [f"Left out: {row['candidate']}: {row['reason']}" for row in left_out]
    lines += [f"By {evidence}: {about}" for evidence, about in found.about.items()]
    best = _records(found, merger_rank=1)
    rows = [("rank", "pair", "merger", "predicted", "interval", "of each", "by", "")]
    rows += [
        (
            str(row["rank"]),
            f"{row['task_a']} + {row['task_b']}",
            readable(row["merger"]),
            f"{row['predicted']:.3f}",
            f"{row['low']:.3f} to {row['high']:.3f}" if isfinite(row["low"]) else "unknown",
            f"{row['predicted_a']:.3f}, {row['predicted_b']:.3f}"
            if isfinite(row["predicted_a"])
            else "",
            row["basis"],
            _remark(row),
        )
        for row in best[:_BEST]
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    table = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    if len(best) > _BEST:
        table.append(f"and {len(best) - _BEST} more pairs")
    if found.first:
        named = ", ".join(" + ".join(split_pair(pair)) for pair in found.first)
        table += ["", f"Merge these {len(found.first)} first: {named}"]
    title = f"Pairs by predicted {readable(found.target)}, each with its best merger"
    return "\n".join([*lines, *[""] * bool(lines), title, *table, ""])
