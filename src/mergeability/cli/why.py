"""Say why jobs would run: the causes that a dry run gives, each with the jobs it concerns.

`mergeability why [arguments of snakemake]`. Jobs that run only because others do are counted.
"""

import argparse
import re
import subprocess
import sys
from collections import defaultdict

# Nothing is an option of ours: all arguments are for Snakemake.
PARSER = {"prefix_chars": "\0", "add_help": False}

JOB = re.compile(r"^ *Job \d+: (?P<message>.+)\n *Reason: (?P<reasons>.+)$", re.MULTILINE)
CODE = re.compile(r"'([^']+\.\w+ [0-9a-f]{16})'")
CHANGED = re.compile(
    r"Params have changed .*?: before: (?P<before>.*?) now: (?P<now>.*)", re.DOTALL
)


def dry_run(arguments: list[str]) -> str:
    """What Snakemake prints; the program ends with its message where it fails."""
    command = [sys.executable, "-m", "snakemake", "--dry-run", *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        sys.exit(result.stdout + result.stderr)
    return result.stdout + result.stderr


def causes(reasons: str) -> list[str]:
    """The reasons of a job in plain words, without those that lie in other jobs.

    A file that is missing, or made from other files than before, is no cause of its own where a
    job before it runs too.
    """
    found = []
    follows = "Input files updated by another job" in reasons
    for reason in reasons.split("; "):
        kind, _, files = reason.partition(": ")
        if change := CHANGED.match(reason):
            before, now = (set(CODE.findall(change[side])) for side in ("before", "now"))
            if edited := sorted({text.split()[0] for text in before ^ now}):
                found.append(f"code changed: {', '.join(edited)}")
            else:
                found.append(f"setting changed: {change['before']} -> {change['now'].strip()}")
        elif kind == "Missing output files" and not follows:
            found.append("output is missing")
        elif kind == "Updated input files":
            found.append(f"input has another content: {files}")
        elif kind.startswith("Set of input files has changed") and not follows:
            found.append("made from more or fewer files than before")
        elif not follows:
            found.append(reason)
    return found


def explanation(output: str) -> str:
    """The causes in a dry run, the most frequent first."""
    jobs: dict[str, list[str]] = defaultdict(list)
    follow = 0
    for job in JOB.finditer(output):
        found = causes(job["reasons"])
        for cause in found:
            jobs[cause].append(job["message"])
        follow += not found
    if not jobs:
        return "Nothing would run: every file is up to date."
    lines = []
    for cause, messages in sorted(jobs.items(), key=lambda item: -len(item[1])):
        more = f" and {len(messages) - 1} more" if len(messages) > 1 else ""
        lines += [cause, f"    {min(messages)}{more}"]
    return "\n".join([*lines, f"{follow} jobs follow from these."])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the subcommand takes."""
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="arguments of snakemake")


def run(given: argparse.Namespace) -> None:
    """Print the causes."""
    if given.arguments in (["-h"], ["--help"]):
        print(__doc__)
        return
    print(explanation(dry_run(given.arguments)))
