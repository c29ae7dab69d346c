"""Compare all pairs of the models in a folder by their weights: a table and a figure."""

import argparse
from pathlib import Path

from mergeability.cli.compare import add_common

EXAMPLES = """examples:
  mergeability screen my_models/ --base clip-vit-base-patch16/ -o screening/
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the subcommand takes."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="models in it and below it")
    parser.add_argument("--base", type=Path, required=True, help="what they were fine-tuned from")
    parser.add_argument("-o", "--output", type=Path, required=True, help="a folder to make")
    parser.add_argument(
        "--subspaces", action="store_true", help="compare subspaces of all matrices too (slow)"
    )
    add_common(parser)


def run(given: argparse.Namespace) -> None:
    """Screen the folder, and say where the results are."""
    from mergeability.comparison import CAUTION  # noqa: PLC0415
    from mergeability.screening import screen  # noqa: PLC0415

    found = screen(
        given.folder,
        given.base,
        given.output,
        subspaces=given.subspaces,
        allow_pickle=given.allow_pickle,
    )
    if given.json:
        print((given.output / "screening.json").read_text(encoding="utf-8"), end="")
        return
    print(f"{len(found.names)} models: {', '.join(found.names)}")
    for path, reason in found.left_out.items():
        print(f"Left out, {path}: {reason}")
    for warning in found.comparison.warnings:
        print(f"Warning: {warning}")
    print(CAUTION)
    print(f"Table and figure: {given.output}/metrics.csv, {given.output}/screening.svg")
