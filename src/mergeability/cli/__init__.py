"""The command `mergeability`: one module per subcommand."""

import argparse
from importlib import import_module
from importlib.metadata import version

SUBCOMMANDS = ("recommend", "why")


def main() -> None:
    """Run the subcommand that the arguments name."""
    parser = argparse.ArgumentParser(prog="mergeability", description="Which models merge well?")
    parser.add_argument("--version", action="version", version=version("mergeability"))
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for name in SUBCOMMANDS:
        module = import_module(f"mergeability.cli.{name}")
        title = str(module.__doc__).splitlines()[0]
        subparser = subparsers.add_parser(
            name, help=title, description=title, **getattr(module, "PARSER", {})
        )
        module.add_arguments(subparser)
        subparser.set_defaults(run=module.run)
    given = parser.parse_args()
    given.run(given)
