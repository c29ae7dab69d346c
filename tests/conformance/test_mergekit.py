"""mergekit beside ours: the same merges of real models of transformers, by the recipes we write.

mergekit is installed apart from everything else, and uses the libraries beside it. What both do
otherwise is in docs/differences.md; the rows of its table are tests here.
"""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch
from filelock import FileLock
from requirements import unavailable
from safetensors.torch import load_file
from test_transformers_models import MODELS, build, moved

import mergeability
from mergeability.mergekit import recipe
from mergeability.mergers.della import drop_chances

pytestmark = pytest.mark.slow  # installs mergekit

HERE = Path(__file__).parent
HALF = "qwen2 in bfloat16"
OF_HALF = {"weight_average": 0.5, "task_arithmetic": 0.4}  # what each update counts
KINDS = [*MODELS, HALF]
# mergekit does not know these as transformers writes them (see the last test).
BY_FILES = {"bert", "vit", "t5"}

SHARES = {"lower": 0.75, "upper": 0.9375}  # whole numbers of entries in tensors of 16 n
PAIRS: dict[str, dict[str, Any]] = {
    "weight_average": {},
    "task_arithmetic": {"scale": OF_HALF["task_arithmetic"]},
    "ties": {"keep": 0.25, "scale": 0.7},
    "breadcrumbs": {**SHARES, "scale": 0.5},
    "breadcrumbs elected": {**SHARES, "scale": 0.5, "elect": True},
    "breadcrumbs by default": {},
    "slerp": {"position": 0.3},
    "model_stock": {},
}
DROP, SPREAD, SCALE = 0.4, 0.4, 0.9
# Of a model and one that changed its first tensor alone, so that masks can be told.
MASKED: dict[str, dict[str, Any]] = {
    "dare": {"drop": DROP, "scale": SCALE},
    "dare elected": {"drop": DROP, "scale": SCALE, "elect": True},
    "della": {"drop": DROP, "scale": SCALE, "spread": SPREAD},
    "della averaged": {"drop": DROP, "scale": SCALE, "spread": SPREAD, "elect": False},
}
State = dict[str, torch.Tensor]


class Merges(NamedTuple):
    """Merges of both, by kind of model and name: their folders, and what mergekit could not do."""

    folder: Path
    failures: dict[str, str]

    def model(self, kind: str, name: str) -> State:
        return load(self.folder / kind / name)

    def updates(self, kind: str, name: str) -> tuple[State, State]:
        """What both merges add to the base."""
        base, ours = self.model(kind, "base"), self.model(kind, f"ours/{name}")
        theirs = self.model(kind, f"theirs/{name}")
        assert self.why(kind, name) == ""
        assert ours.keys() == theirs.keys() == base.keys()
        return tuple({n: s[n] - base[n] for n in floats(base)} for s in (ours, theirs))

    def why(self, kind: str, name: str) -> str:
        return self.failures.get(str(self.folder / kind / "theirs" / name), "")


@cache
def load(folder: Path) -> State:
    return {n: t for file in folder.glob("*.safetensors") for n, t in load_file(file).items()}


def floats(state: State) -> list[str]:
    return [name for name, tensor in state.items() if tensor.is_floating_point()]


@pytest.fixture(scope="session")
def mergekit(pytestconfig: pytest.Config) -> Path:
    """A folder with mergekit and nothing else, kept from run to run."""
    wanted = HERE / "mergekit.txt"
    folder = pytestconfig.cache.mkdir(wanted.read_text().split()[0])
    with FileLock(folder / "lock"):
        if not (folder / "mergekit").is_dir():
            command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
            command += ["--require-hashes", "--target", str(folder), "--requirement", str(wanted)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                unavailable(f"mergekit cannot be installed: {done.stderr}")
    return folder


@pytest.fixture(scope="module")
def merges(mergekit: Path, tmp_path_factory: pytest.TempPathFactory) -> Merges:
    folder = tmp_path_factory.mktemp("merges")
    jobs = []
    for kind in KINDS:
        save_models(kind, folder / kind)
        for name, parameters in {**PAIRS, **MASKED}.items():
            if kind == HALF and name not in OF_HALF:
                continue
            models = ["a", "one" if name in MASKED else "b"]
            jobs.append(merge_ours(folder / kind, name, parameters, models))
            jobs[-1].append(kind in BY_FILES)
        if kind in BY_FILES:
            known = folder / kind / "weight_average.yaml", folder / kind / "theirs/known"
            jobs.append([*map(str, known), False])
    (folder / "jobs.json").write_text(json.dumps(jobs))
    done = subprocess.run(
        [sys.executable, str(HERE.parent / "mergekit_runs.py"), str(folder / "jobs.json")],
        env={**os.environ, "PYTHONPATH": str(mergekit), "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Merges(folder, json.loads(done.stdout.splitlines()[-1]))


def save_models(kind: str, folder: Path) -> None:
    base = build(kind.removesuffix(" in bfloat16"))
    models = {"base": base, **{name: moved(base, seed) for seed, name in enumerate("ab")}}
    models["one"] = build(kind.removesuffix(" in bfloat16"))
    with torch.no_grad():
        next(models["one"].parameters()).add_(0.05)
    for name, model in models.items():
        saved = model.bfloat16() if kind == HALF else model
        saved.save_pretrained(folder / name, max_shard_size="30KB")


def merge_ours(folder: Path, name: str, parameters: dict[str, Any], models: list[str]) -> list[Any]:
    """Merge and write the same merge for mergekit: its recipe and the folder to write to."""
    method, paths = name.split(maxsplit=1)[0], [folder / model for model in models]
    given = {"method": method, "parameters": parameters}
    mergeability.merge(paths, folder / "base", folder / "ours" / name, **given)
    file = folder / f"{name}.yaml"
    file.write_text(recipe(method, parameters, paths, folder / "base"))
    return [str(file), str(folder / "theirs" / name)]


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize(
    ("name", "tolerance"),
    [
        ("weight_average", 1e-6),
        ("task_arithmetic", 1e-6),
        ("ties", 0.0),
        ("breadcrumbs", 1e-6),
        ("breadcrumbs elected", 1e-6),
        ("slerp", 1e-5),
    ],
)
def test_both_add_the_same(merges: Merges, kind: str, name: str, tolerance: float) -> None:
    ours, theirs = merges.updates(kind, name)
    for tensor, update in ours.items():
        assert (update - theirs[tensor]).norm() <= tolerance * update.norm(), tensor


@pytest.mark.parametrize("kind", MODELS)
def test_shares_that_are_no_whole_numbers_are_rounded_otherwise(merges: Merges, kind: str) -> None:
    ours, theirs = merges.updates(kind, "breadcrumbs by default")
    for name, update in ours.items():
        differ = (update - theirs[name]).abs() > 1e-6
        assert differ.sum() <= 2 * 3, name  # of two models three each


@pytest.mark.parametrize("kind", MODELS)
def test_model_stock_differs_where_updates_oppose_each_other(merges: Merges, kind: str) -> None:
    base, a, b = (merges.model(kind, name) for name in ("base", "a", "b"))
    ours, theirs = merges.updates(kind, "model_stock")
    opposed = 0
    for name in floats(base):
        first, second = (state[name] - base[name] for state in (a, b))
        mean = (first + second) / 2
        if torch.cosine_similarity(first.flatten(), second.flatten(), dim=0) > 0:
            assert (ours[name] - theirs[name]).norm() <= 1e-5 * mean.norm(), name
        else:
            opposed += 1
            assert not ours[name].any()
            assert (theirs[name] * mean).sum() < 0  # away from both models
    assert 0 < opposed < len(ours)


@pytest.mark.parametrize(("name", "scale"), OF_HALF.items())
def test_in_bfloat16_ours_is_rounded_once(merges: Merges, name: str, scale: float) -> None:
    base, a, b = (merges.model(HALF, model) for model in ("base", "a", "b"))
    ours, theirs = (merges.model(HALF, f"{whose}/{name}") for whose in ("ours", "theirs"))
    errors = []
    for tensor in floats(base):
        exact = base[tensor].double() * (1 - 2 * scale)
        exact += scale * (a[tensor].double() + b[tensor].double())
        assert torch.allclose(ours[tensor], exact.bfloat16(), rtol=0, atol=1e-7)
        errors.append((theirs[tensor].double() - exact).norm() / exact.norm())
        assert errors[-1] < 2**-7
        assert errors[-1] >= (ours[tensor].double() - exact).norm() / exact.norm()
    if name != "weight_average":
        assert max(errors) > 2**-9  # more than one rounding can do


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("name", ["dare", "dare elected"])
def test_dare_differs_in_its_draws_alone(merges: Merges, kind: str, name: str) -> None:
    factor = SCALE / (1 - DROP) / (1 if "elected" in name else 2)
    for updates in merges.updates(kind, name):
        kept = []
        for tensor, update in alone(merges, kind).items():
            kept.append(kept_of(updates[tensor], factor * update))
        assert_share(torch.cat(kept), 1 - DROP)


@pytest.mark.parametrize("kind", [kind for kind in MODELS if kind != "vit"])
@pytest.mark.parametrize("name", ["della", "della averaged"])
def test_della_keeps_the_same_shares_and_rescales_otherwise(merges, kind, name) -> None:
    models = 2 if "averaged" in name else 1
    ours, theirs = merges.updates(kind, name)
    kept: dict[str, list[torch.Tensor]] = {}
    for tensor, update in alone(merges, kind).items():
        chances = drop_chances(update, DROP, SPREAD)
        by_chance = kept_of(ours[tensor], SCALE / models * update / (1 - chances))
        by_size = (theirs[tensor].abs() > 1e-6).flatten()
        norm = update.abs().sum() / update.flatten()[by_size].abs().sum()
        assert torch.equal(kept_of(theirs[tensor], SCALE / models * norm * update), by_size)
        large = (chances < DROP).flatten()
        for half, chosen in (("large", large), ("small", ~large)):
            kept.setdefault(f"ours {half}", []).append(by_chance[chosen])
            kept.setdefault(f"theirs {half}", []).append(by_size[chosen])
    for half, found in kept.items():
        rise = SPREAD / 4 if "large" in half else -SPREAD / 4
        assert_share(torch.cat(found), 1 - DROP + rise)


def test_della_fails_there_on_rows_of_one_entry(merges: Merges) -> None:
    assert "p_in >= 0" in merges.why("vit", "della")


def test_what_mergekit_does_not_know_of_transformers_models(merges: Merges) -> None:
    assert "pooler" in merges.why("bert", "known")
    assert "wi_0" in merges.why("t5", "known")
    missing = merges.model("vit", "base").keys() - merges.model("vit", "theirs/known").keys()
    assert {name.split(".")[0] for name in missing} == {"encoder"}


def alone(merges: Merges, kind: str) -> State:
    """The updates of the first model where the second has none."""
    base, a, one = (merges.model(kind, name) for name in ("base", "a", "one"))
    same = [name for name in floats(base) if torch.equal(one[name], base[name])]
    assert len(same) > len(base) - 3
    return {name: a[name] - base[name] for name in same}


def kept_of(found: torch.Tensor, full: torch.Tensor) -> torch.Tensor:
    """Which entries are kept: each is dropped or as in `full`."""
    kept = (found.abs() > 1e-6).flatten()
    assert torch.allclose(found.flatten()[kept], full.flatten()[kept], rtol=1e-4, atol=1e-6)
    return kept


def assert_share(kept: torch.Tensor, share: float) -> None:
    deviation = (share * (1 - share) / len(kept)) ** 0.5
    assert abs(kept.double().mean() - share) < 5 * deviation, len(kept)
