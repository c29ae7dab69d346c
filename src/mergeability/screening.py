"""All pairs of the models in a folder, compared by their weights: a table and a figure."""

import os
from pathlib import Path
from typing import NamedTuple

from mergeability.checkpoints.alignment import Checkpoint, align
from mergeability.checkpoints.model_files import ADAPTER_CONFIG, SUFFIXES, WHOLE
from mergeability.checkpoints.opening import open_source, open_weights
from mergeability.checkpoints.writing import atomic_folder
from mergeability.comparison import CAUTION, Comparison, compare_checkpoints
from mergeability.figures.screening_panels import plot_screening_panels
from mergeability.figures.style import save
from mergeability.files import check_free, write_csv, write_json
from mergeability.merging import model_names
from mergeability.metrics.tensor_pairs import METRICS

_OF_A_MODEL = {
    ADAPTER_CONFIG,
    "config.json",
    *WHOLE,
    *WHOLE.values(),
}


class Screening(NamedTuple):
    """The models that were compared, by name, and why others were not."""

    names: tuple[str, ...]
    comparison: Comparison
    left_out: dict[str, str]


def screen(
    folder: str | Path,
    base: str | Path,
    out: str | Path,
    *,
    subspaces: bool = False,
    allow_pickle: bool = False,
) -> Screening:
    """Compare all pairs of the models in `folder` and below it, and write what was found.

    `out` becomes a folder with `metrics.csv` (a row per pair), `screening.svg` and `screening.json`
    (coverage, warnings, what was left out and why). Every model is read once. Raises `ValueError`
    or `OSError`, one line, where fewer than two models can be compared or `out` exists.
    """
    check_free(Path(out))
    before = open_weights(base, allow_pickle)
    checkpoints: list[Checkpoint] = []
    left_out: dict[str, str] = {}
    for path in find_models(Path(folder)):
        if path.resolve() == before.path.resolve():
            left_out[str(path)] = "the base"
            continue
        try:
            checkpoints.append(align(open_source(path, allow_pickle), before))
        except (OSError, ValueError) as error:
            left_out[str(path)] = str(error)
    if len(checkpoints) < 2:
        reasons = "".join(f"; {reason}" for reason in left_out.values())
        raise ValueError(
            f"{folder}: {len(checkpoints)} models of this base in it and below it, a pair needs "
            f"two{reasons}"
        )
    names = model_names([checkpoint.path for checkpoint in checkpoints])
    comparison = compare_checkpoints(before, checkpoints, subspaces)
    table = comparison.pairs(names)
    shown = [name for name in ("sign_conflict", *METRICS) if table[name].notna().any()]
    report = {
        "base": str(base),
        "models": {
            name: {"path": path, "kind": kind, "coverage": coverage.counts()}
            for name, path, kind, coverage in zip(
                names, comparison.paths, comparison.kinds, comparison.coverage, strict=True
            )
        },
        "left_out": left_out,
        "warnings": list(comparison.warnings),
        "caution": CAUTION,
    }
    with atomic_folder(Path(out)) as made:
        write_csv(made / "metrics.csv", table)
        write_json(made / "screening.json", report)
        if shown:
            figure = plot_screening_panels(table[["task_a", "task_b", *shown]])
            save(figure, [made / "screening.svg"])
    return Screening(tuple(names), comparison, left_out)


def find_models(folder: Path) -> list[Path]:
    """Models and adapters in a folder and below it, sorted.

    A folder of Hugging Face or PEFT is one model, and so is every file of weights elsewhere. Hidden
    files and folders do not count. Raises `FileNotFoundError` where there is no such folder.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder}: there is no such folder; name one with models in it")
    found = []
    for where, folders, files in os.walk(folder, followlinks=True):
        if Path(where) != folder and _OF_A_MODEL & {*files}:
            found.append(Path(where))
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        weights = [n for n in files if Path(n).suffix in SUFFIXES and not n.startswith(".")]
        found += [Path(where) / name for name in weights]
    return sorted(found)
