"""Lay out a study that runs at once: the demo, or a comparison of your own models."""

import argparse
from pathlib import Path

EXAMPLES = """examples:
  mergeability init my_study                                        # the demo, to change
  mergeability init my_study --checkpoints my_models/ --base clip/  # all pairs of your own models
  cd my_study && snakemake --cores 2
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the subcommand takes."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="a folder to make")
    parser.add_argument(
        "--checkpoints", type=Path, metavar="FOLDER", help="models in it and below it"
    )
    parser.add_argument("--base", type=Path, help="what they were fine-tuned from")


def run(given: argparse.Namespace) -> None:
    """Write the study, and say how it is run."""
    from mergeability.workflow.layout import (  # noqa: PLC0415
        config_of_models,
        demo_config,
        lay_out,
    )

    if (given.checkpoints is None) != (given.base is None):
        raise ValueError("--checkpoints and --base go together; name both, or neither for the demo")
    if given.checkpoints:
        lay_out(given.folder, config_of_models(given.checkpoints, given.base))
    else:
        lay_out(given.folder, demo_config())
    print(f"{given.folder}/config/config.yaml says what is studied. To run it:\n")
    print(f"  cd {given.folder}")
    print("  snakemake --cores 2 --dry-run   # what would be done")
    print("  snakemake --cores 2")
