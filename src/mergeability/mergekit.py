"""The same merge as a configuration of mergekit (Goddard et al. 2024, arXiv 2403.13257)."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from mergeability.plugins import MERGERS

# mergekit's method, its settings for all models together, and those of each model.
_Translation = tuple[str, dict[str, Any], dict[str, Any]]

_KNOWN = "breadcrumbs, dare, della, model_stock, slerp, task_arithmetic, ties, weight_average"


def recipe(
    method: str, parameters: Mapping[str, Any], models: Sequence[str | Path], base: str | Path
) -> str:
    """mergekit's YAML for a merge by `method`; models and base are folders.

    Random masks are drawn anew there, and mergekit rescales what DARE and DELLA keep to the norm
    that it had; docs/command.md says what differs. Raises `ValueError` for a method or a parameter
    that mergekit does not have.
    """
    values = MERGERS.resolve(method, parameters)
    if parameters.get("layer_scaling") or values.get("scope") == "global":
        raise ValueError(f"{method}: mergekit has no layer_scaling and no scope: global")
    named = sorted(map(_named, models), key=lambda path: Path(path).resolve().name)
    theirs, together, each = _translation(method, values, len(named))
    round_off = {k: round(v, 12) if isinstance(v, float) else v for k, v in each.items()}
    first = named[0] if method == "slerp" else _named(base)  # slerp starts from its base_model
    listed: list[dict[str, Any]] = [
        {"model": name, **({"parameters": round_off} if each else {})} for name in named
    ]
    content: dict[str, Any] = {"merge_method": theirs, "base_model": first, "models": listed}
    if method == "weight_average":
        content.pop("base_model")
    content["parameters"] = together
    content["tokenizer_source"] = "base" if method != "weight_average" else _named(base)
    return str(yaml.dump(content, sort_keys=False, Dumper=_Plain))


def _named(model: str | Path) -> str:
    """A folder, or a model of a hub, whose address mergekit writes without the scheme."""
    return re.sub("^hf:/+", "", str(model))


def _translation(method: str, values: Mapping[str, Any], models: int) -> _Translation:
    theirs, together, each = method, dict[str, Any](), dict[str, Any]()
    match method:
        case "weight_average":
            theirs, together, each = "linear", {"normalize": True}, {"weight": 1.0}
        case "task_arithmetic":
            together, each = {"normalize": False}, {"weight": values["scale"]}
        case "ties":
            together = {"normalize": True, "lambda": values["scale"]}
            each = {"weight": 1.0, "density": values["keep"]}
        case "dare":
            theirs, together = "dare_linear", {"normalize": False, "rescale": True}
            each = {"weight": values["scale"] / models, "density": 1 - values["drop"]}
        case "della":
            together = {"normalize": True, "rescale": True, "lambda": values["scale"]}
            each = {"weight": 1.0, "density": 1 - values["drop"], "epsilon": values["spread"] / 2}
        case "breadcrumbs":
            lower, upper = values["lower"], values["upper"]
            together = {"normalize": False}
            each = {"weight": values["scale"], "density": upper - lower, "gamma": 1 - upper}
        case "model_stock":
            together = {"filter_wise": False}
        case "slerp":
            together = {"t": values["position"]}
        case _:
            raise ValueError(f"{method}: mergekit has no such method; it has {_KNOWN}")
    return theirs, together, each


class _Plain(yaml.SafeDumper):
    """Without anchors, which readers do not expect."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        return True
