"""Say what files of weights are, and beside their base what was changed, layer by layer."""

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

from mergeability.cli.compare import add_common

EXAMPLES = """examples:
  mergeability inspect model.safetensors checkpoint.pt lora/
  mergeability inspect birds/ --base clip-vit-base-patch16/
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the subcommand takes."""
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="file or folder")
    parser.add_argument("--base", type=Path, help="the model they were fine-tuned from")
    add_common(parser)


def run(given: argparse.Namespace) -> None:
    """Print what each file is."""
    reports = [_describe(path, given.base, given.allow_pickle) for path in given.files]
    if given.json:
        print(json.dumps(reports, indent=1, allow_nan=False))
        return
    for report in reports:
        print(f"{report.pop('path')}: {report.pop('kind')}")
        layers = report.pop("layers", [])
        for key, value in report.items():
            if value:
                print(f"  {key}: {'; '.join(value) if isinstance(value, list) else value}")
        for layer in layers:
            share = f", {layer['relative']:.3%} of the base" if "relative" in layer else ""
            print(f"  {layer['name']}: moved by {layer['norm']:.3g}{share}")


def _describe(path: Path, base: Path | None, allow_pickle: bool) -> dict[str, Any]:
    from mergeability.checkpoints.adapters import Adapter  # noqa: PLC0415
    from mergeability.checkpoints.opening import open_source  # noqa: PLC0415

    source = open_source(path, allow_pickle)
    report: dict[str, Any] = {"path": str(path), "kind": source.kind}
    if isinstance(source, Adapter):
        tensors = list(source.replaced.values())
        for update in source.updates.values():
            tensors += [update.left, update.right]
        if source.base:
            report["base, by its config"] = source.base
        report["adapted tensors"] = len(source.updates)
    else:
        tensors = list(source.tensors.values())
        config = source.config
        if named := config.get("architectures") or config.get("model_type"):
            report["architecture, by its config"] = named
        if source.tied:
            report["tied"] = [f"{name} to {kept}" for name, kept in source.tied.items()]
    report["tensors"] = len(tensors)
    report["parameters"] = sum(tensor.size for tensor in tensors)
    types = Counter(str(tensor.dtype).removeprefix("torch.") for tensor in tensors)
    report["types"] = [f"{count} of {kind}" for kind, count in sorted(types.items())]
    if base is not None:
        report |= _changes(path, base, allow_pickle)
    return report


def _changes(path: Path, base: Path, allow_pickle: bool) -> dict[str, Any]:
    from mergeability.comparison import compare_all, records  # noqa: PLC0415

    comparison = compare_all([path], base, allow_pickle=allow_pickle)
    rows = records(comparison.frame(0, 0))
    renamed = {"name": "name", "norm_a": "norm", "relative_a": "relative"}
    return {
        "coverage": comparison.coverage[0].lines(),
        "warnings": list(comparison.warnings),
        "layers": [
            {new: row[old] for old, new in renamed.items() if old in row}
            for row in rows
            if row["level"] != "tensor"
        ],
    }
