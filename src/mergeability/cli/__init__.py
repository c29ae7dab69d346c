"""The command `mergeability`: one module per subcommand."""

import argparse
import sys
from importlib import import_module
from importlib.metadata import version

from mergeability.joblog import terminal_log

SUBCOMMANDS = ("inspect", "compare", "merge", "screen", "recommend", "init", "why")

USAGE_ERROR = 2  # what argparse ends with too


def main() -> None:
    """Run the subcommand that the arguments name; what it cannot use is one line, and exit code 2.

    Files that cannot be read, names and settings that do not exist, an output that is there.
    """
    parser = argparse.ArgumentParser(prog="mergeability", description="Which models merge well?")
    parser.add_argument("--version", action="version", version=version("mergeability"))
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for name in SUBCOMMANDS:
        module = import_module(f"mergeability.cli.{name}")
        title = str(module.__doc__).splitlines()[0]
        subparser = subparsers.add_parser(
            name,
            help=title,
            description=title,
            epilog=getattr(module, "EXAMPLES", None),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            **getattr(module, "PARSER", {}),
        )
        module.add_arguments(subparser)
        subparser.set_defaults(run=module.run)
    given = parser.parse_args()
    try:
        with terminal_log():
            given.run(given)
    except (OSError, ValueError) as error:
        print(f"mergeability: error: {' '.join(str(error).split())}", file=sys.stderr)
        sys.exit(USAGE_ERROR)
