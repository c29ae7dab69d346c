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
    """mergekit's YAML for a merge by `method`; models and base are folders, models also adapters.

    Random masks are drawn anew there, and mergekit rescales what DELLA keeps to the norm that it
    had; docs/differences.md says what else differs. Raises `ValueError` for a method or a parameter
    that mergekit does not have, and for a path that it does not read.
    """
    values = MERGERS.resolve(method, parameters)
    if parameters.get("layer_scaling") or values.get("scope") == "global":
        raise ValueError(f"{method}: mergekit has no layer_scaling and no scope: global")
    theirs, together, each = _translation(method, values)
    in_order = sorted(map(Path, models), key=lambda path: path.resolve().name)
    named = [_reference(path, Path(base)) for path in in_order]
    of_base = _reference(Path(base))
    round_off = {k: round(v, 12) if isinstance(v, float) else v for k, v in each.items()}
    first = named[0] if method == "slerp" else of_base  # slerp starts from its base_model
    listed: list[dict[str, Any]] = [
        {"model": name, **({"parameters": round_off} if each else {})} for name in named
    ]
    content: dict[str, Any] = {"merge_method": theirs, "base_model": first, "models": listed}
    if method == "weight_average":
        content.pop("base_model")
    content["parameters"] = together
    return str(yaml.dump(content, sort_keys=False, Dumper=_Plain))


def _translation(method: str, values: Mapping[str, Any]) -> _Translation:
    theirs, together, each = method, dict[str, Any](), dict[str, Any]()
    elect = values.get("elect")
    match method:
        case "weight_average":
            theirs, together, each = "linear", {"normalize": True}, {"weight": 1.0}
        case "task_arithmetic":
            together, each = {"normalize": False}, {"weight": values["scale"]}
        case "ties":
            together = {"normalize": True, "lambda": values["scale"]}
            each = {"weight": 1.0, "density": values["keep"]}
        case "dare":
            # What DARE divides by is part of the scale: `rescale` restores the norm instead.
            theirs = "dare_ties" if elect else "dare_linear"
            scale = values["scale"] / (1 - values["drop"])
            together = {"normalize": True, "rescale": False, "lambda": round(scale, 12)}
            each = {"weight": 1.0, "density": 1 - values["drop"]}
        case "della":
            theirs = "della" if elect else "della_linear"
            together = {"normalize": True, "rescale": True, "lambda": values["scale"]}
            each = {"weight": 1.0, "density": 1 - values["drop"], "epsilon": values["spread"] / 2}
        case "breadcrumbs":
            lower, upper = values["lower"], values["upper"]
            theirs = "breadcrumbs_ties" if elect else "breadcrumbs"
            together = {"normalize": elect, "lambda": values["scale"]}
            each = {"weight": 1.0, "density": upper - lower, "gamma": 1 - upper}
        case "model_stock":
            together = {"filter_wise": False}
        case "slerp":
            together = {"t": values["position"]}
        case _:
            raise ValueError(f"{method}: mergekit has no such method; it has {_KNOWN}")
    return theirs, together, each


def _reference(path: Path, base: Path | None = None) -> str:
    """How mergekit is told of a model: adapters behind their base, those of a hub by their name."""
    on_hub = re.fullmatch("hf:/+(.*)", str(path))
    if on_hub:
        return on_hub[1]
    if path.is_file() or "+" in str(path) or "@" in str(path):
        raise ValueError(f"{path}: mergekit reads folders, with no + or @ in their path; move it")
    if base and (path / "adapter_config.json").is_file():
        return f"{_reference(base)}+{path}"
    return str(path)


class _Plain(yaml.SafeDumper):
    """Without anchors, which readers do not expect."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        return True
