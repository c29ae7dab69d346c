"""Compare what two models changed in their base, before merging them."""

import argparse
import json
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from mergeability.comparison import Comparison

EXAMPLES = """examples:
  mergeability compare birds/ boats/ --base clip-vit-base-patch16/
  mergeability compare birds.safetensors boats.pt --base base.safetensors --subspaces
  mergeability compare lora-a/ lora-b/ --json         two PEFT adapters need no base
"""

_LAYERS = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the subcommand takes."""
    for name in ("a", "b"):
        parser.add_argument(name, type=Path, metavar=name.upper(), help="file, folder or adapter")
    parser.add_argument("--base", type=Path, help="the model that both were fine-tuned from")
    parser.add_argument(
        "--subspaces", action="store_true", help="compare subspaces of all matrices too (slow)"
    )
    add_common(parser)


def add_common(parser: argparse.ArgumentParser) -> None:
    """What every subcommand takes that reads models."""
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    parser.add_argument(
        "--allow-pickle",
        action="store_true",
        help="read tensors of pickled modules; nothing in them is run",
    )


def run(given: argparse.Namespace) -> None:
    """Print the comparison."""
    from mergeability.comparison import CAUTION, compare_all, records  # noqa: PLC0415

    comparison = compare_all(
        [given.a, given.b], given.base, subspaces=given.subspaces, allow_pickle=given.allow_pickle
    )
    frame = comparison.frame()
    if given.json:
        content = {
            **report(comparison, given.base),
            "caution": CAUTION,
            "rows": records(frame),
        }
        print(json.dumps(content, indent=1, allow_nan=False))
        return
    print("\n".join([*coverage_lines(comparison), *_total(frame), *_layers(frame)]))
    print("\n".join(["", *(f"Warning: {text}" for text in comparison.warnings), CAUTION]))


def report(comparison: "Comparison", base: Path | None) -> dict[str, object]:
    """What stands before the numbers, for JSON."""
    models = [
        {"path": path, "kind": kind, "coverage": coverage.counts()}
        for path, kind, coverage in zip(
            comparison.paths, comparison.kinds, comparison.coverage, strict=True
        )
    ]
    named = str(base) if base else None
    return {"base": named, "models": models, "warnings": list(comparison.warnings)}


def coverage_lines(comparison: "Comparison") -> list[str]:
    """How each model fits the base."""
    lines = []
    for path, kind, coverage in zip(
        comparison.paths, comparison.kinds, comparison.coverage, strict=True
    ):
        lines += [f"{path}: {kind}", *(f"  {line}" for line in coverage.lines())]
    return lines


def _total(frame: "pd.DataFrame") -> list[str]:
    from mergeability.metrics.tensor_pairs import METRICS  # noqa: PLC0415

    total = frame.iloc[0]
    lines = ["", f"Over {total['tensors']} changed tensors, {total['parameters']:,} weights"]
    if not isnan(total["relative_a"]):
        lines.append(
            f"  moved by {total['relative_a']:.2%} (A) and {total['relative_b']:.2%} (B) of the "
            "norm of the base"
        )
    shown = ["norm_a", "norm_b", "sign_conflict", *METRICS]
    return lines + [f"  {name}: {total[name]:.4g}" for name in shown if not isnan(total[name])]


def _layers(frame: "pd.DataFrame") -> list[str]:
    cosine = "task_vector_cosine_similarity"
    layers = frame[(frame["level"] == "layer") & frame[cosine].notna()]
    if layers.empty:
        return ["", "No layer was changed by both."]
    lines = ["", "Where they conflict most (cosine, share of opposed movement, norms):"]
    for row in layers.sort_values([cosine, "name"]).head(_LAYERS).to_dict("records"):
        opposed = row["sign_conflict"]
        share = "-" if isnan(opposed) else f"{opposed:.2f}"
        lines.append(
            f"  {row['name']}: {row[cosine]:+.3f}, {share}, {row['norm_a']:.3g} and "
            f"{row['norm_b']:.3g}"
        )
    return lines
