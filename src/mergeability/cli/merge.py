"""Merge models of one base by any method that needs no data, and write a model that loads."""

import argparse
import json
from pathlib import Path
from typing import Any

EXAMPLES = """examples:
  mergeability merge --method tsv birds/ boats/ --base clip/ -o merged/
  mergeability merge --method task_arithmetic --set scale=0.4 a/ b/ lora/ --base llama/ -o merged/
  mergeability merge --method ties --set keep=0.1 a/ b/ --base llama/ --mergekit ties.yaml

Models count in the order of their names; only slerp, and masks drawn at random, depend on it.
Methods and their parameters: docs/command.md
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the subcommand takes."""
    parser.add_argument("models", type=Path, nargs="+", metavar="MODEL", help="file or folder")
    parser.add_argument("--method", required=True, help="the merger, such as task_arithmetic")
    parser.add_argument(
        "--set",
        dest="settings",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a parameter of the method; as often as there are",
    )
    parser.add_argument("--base", type=Path, required=True, help="what they were fine-tuned from")
    parser.add_argument("-o", "--output", type=Path, help="a .safetensors file, or a folder")
    parser.add_argument("--mergekit", type=Path, metavar="FILE", help="write mergekit's YAML too")
    parser.add_argument("--seed", type=int, default=0, help="of random methods")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    parser.add_argument(
        "--allow-pickle",
        action="store_true",
        help="read tensors of pickled modules; nothing in them is run",
    )


def run(given: argparse.Namespace) -> None:
    """Merge, or describe the merge for mergekit, or both."""
    from mergeability.files import check_free, write_text  # noqa: PLC0415
    from mergeability.mergekit import recipe  # noqa: PLC0415
    from mergeability.merging import check_method, merge  # noqa: PLC0415

    parameters = read_parameters(given.settings)
    if not given.output and not given.mergekit:
        raise ValueError("nothing to write; name an output (-o) or a file for --mergekit")
    check_method(given.method, parameters, len(given.models))
    text = ""
    if given.mergekit:
        check_free(given.mergekit)
        text = recipe(given.method, parameters, given.models, given.base)
    if given.output:
        merge(
            given.models,
            given.base,
            given.output,
            method=given.method,
            parameters=parameters,
            seed=given.seed,
            allow_pickle=given.allow_pickle,
        )
    if given.mergekit:
        write_text(given.mergekit, text)
    written = [str(path) for path in (given.output, given.mergekit) if path]
    print(json.dumps({"written": written}) if given.json else f"Written: {', '.join(written)}")


def read_parameters(texts: list[str]) -> dict[str, Any]:
    """Settings `key=value`, values as in YAML; `ValueError` for other texts, and for keys twice."""
    import yaml  # noqa: PLC0415

    found: dict[str, Any] = {}
    for text in texts:
        key, is_setting, value = text.partition("=")
        if not is_setting or not key:
            raise ValueError(f"--set {text}: expected KEY=VALUE, such as scale=0.3")
        if key in found:
            raise ValueError(f"--set {text}: {key} is set twice")
        try:
            found[key] = yaml.safe_load(value if value[:1] != "." else f"0{value}")
        except yaml.YAMLError as error:
            raise ValueError(f"--set {text}: the value is not valid") from error
    return found
