"""Merging models in files: the result of a merge in memory, written as a model that loads."""

import json
from pathlib import Path

import model_folders as models
import pytest
import torch
import yaml
from model_folders import BASE, TUNED, UP, headless
from safetensors import safe_open
from safetensors.torch import load_file

from mergeability.mergekit import recipe
from mergeability.mergers import merge_checkpoints
from mergeability.merging import merge, model_names, needs_whole
from mergeability.plugins import MERGERS, merger_statistics

OTHER = models.tuned(BASE, 2)
METHODS = [method for method in MERGERS.names() if not merger_statistics(method)]


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return models.save_folder(BASE, tmp_path / "base", shards=2)


def save(state: models.State, path: Path) -> Path:
    return models.save_one(state, path.with_suffix(".safetensors"))


def loaded(folder: Path) -> models.State:
    return {n: t for file in folder.glob("*.safetensors") for n, t in load_file(file).items()}


@pytest.mark.parametrize(
    ("method", "parameters"), [*((method, {}) for method in METHODS), ("ties", {"scope": "global"})]
)
def test_a_streamed_merge_is_the_merge_in_memory(method, parameters, base, tmp_path) -> None:
    paths = [save(TUNED, tmp_path / "birds"), models.save_folder(OTHER, tmp_path / "boats", 3)]
    merge(paths, base, tmp_path / "out", method=method, parameters=parameters)
    checkpoints = {"birds": TUNED, "boats": OTHER}
    expected = merge_checkpoints(BASE, checkpoints, method, parameters, method, 0)
    found = loaded(tmp_path / "out")
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        assert torch.equal(found[name], tensor), name


def test_only_methods_that_look_at_the_whole_hold_it() -> None:
    whole = [method for method in METHODS if needs_whole(method, {})]
    assert whole == ["pcb"]
    assert needs_whole("ties", {"scope": "global"})
    assert needs_whole("ties", {"layer_scaling": (0.5, 0.5)})


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16, torch.float64])
def test_a_folder_holds_what_the_base_has_beside_weights_in_its_type(kind, tmp_path) -> None:
    base = models.save_folder(models.cast(BASE, kind), tmp_path / "base", shards=3, kind="bin")
    (base / "training_args.bin").write_bytes(b"-")
    (base / "1_Pooling").mkdir()
    (base / "1_Pooling/config.json").write_text("{}")
    paths = [save(TUNED, tmp_path / "a"), save(OTHER, tmp_path / "b")]
    merge(paths, base, tmp_path / "out", method="task_arithmetic", parameters={"scale": 0.4})
    out = tmp_path / "out"
    names = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    shards = {f"model-0000{n}-of-00003.safetensors" for n in (1, 2, 3)}
    assert names == shards | {
        *("config.json", "tokenizer.json", "tokenizer_config.json", "1_Pooling/config.json"),
        "model.safetensors.index.json",
    }
    index = json.loads((out / "model.safetensors.index.json").read_text())
    for name, file in index["weight_map"].items():
        with safe_open(out / file, framework="pt") as opened:
            assert opened.metadata()["format"] == "pt"
            assert name in opened.keys()  # noqa: SIM118
    found = loaded(out)
    assert index["weight_map"].keys() == found.keys() == BASE.keys()
    assert index["metadata"]["total_size"] == sum(t.nbytes for t in found.values())
    for name, tensor in found.items():
        before = BASE[name].to(kind).to(torch.promote_types(kind, torch.float32))
        added = sum(state[name].to(before.dtype) - before for state in (TUNED, OTHER))
        assert tensor.dtype == kind
        assert torch.allclose(tensor, (before + 0.4 * added).to(kind))


def test_what_models_lack_stays_and_what_is_new_is_left_out(tmp_path) -> None:
    numbers = {"counts": torch.arange(3), "extra.weight": torch.ones(2)}
    base = save({**BASE, **numbers}, tmp_path / "base")
    paths = [
        save(headless(TUNED), tmp_path / "a"),
        save({**headless(OTHER), "classifier.weight": torch.ones(2, 16)}, tmp_path / "b"),
    ]
    merge(paths, base, tmp_path / "out.safetensors", method="weight_average")
    found = load_file(tmp_path / "out.safetensors")
    assert found.keys() == {*BASE, *numbers}
    for name in ("lm_head.weight", *numbers):
        assert torch.equal(found[name], {**BASE, **numbers}[name])
    name = "model.norm.weight"
    assert torch.allclose(found[name], (TUNED[name] + OTHER[name]) / 2)


def test_adapters_merge_with_whole_models(base, tmp_path) -> None:
    state = models.factors([UP], BASE)
    paths = [models.save_adapter(state, tmp_path / "lora"), save(TUNED, tmp_path / "a")]
    merge(paths, base, tmp_path / "out", method="task_arithmetic", parameters={"scale": 1})
    b, a = (state[f"base_model.model.{UP}.lora_{factor}.weight"] for factor in "BA")
    found = loaded(tmp_path / "out")
    assert torch.allclose(found[f"{UP}.weight"], TUNED[f"{UP}.weight"] + 2 * b @ a, atol=1e-6)
    assert torch.allclose(found["lm_head.weight"], TUNED["lm_head.weight"])


def test_tied_tensors_are_written_under_both_names(tmp_path) -> None:
    tied = {**BASE, "lm_head.weight": BASE["model.embed_tokens.weight"]}
    base = models.save_torch(tied, tmp_path / "base.pt")
    moved = [{n: t for n, t in s.items() if n != "lm_head.weight"} for s in (TUNED, OTHER)]
    paths = [save(state, tmp_path / str(n)) for n, state in enumerate(moved)]
    merge(paths, base, tmp_path / "out.safetensors", method="weight_average")
    found = load_file(tmp_path / "out.safetensors")
    assert torch.equal(found["lm_head.weight"], found["model.embed_tokens.weight"])
    assert not torch.equal(found["lm_head.weight"], BASE["model.embed_tokens.weight"])


def test_the_same_merge_gives_the_same_bytes(base, tmp_path) -> None:
    paths = [save(TUNED, tmp_path / "a"), save(OTHER, tmp_path / "b")]
    for out, models_ in (("x", paths), ("y", paths[::-1])):
        merge(models_, base, tmp_path / f"{out}.safetensors", method="dare")
    assert (tmp_path / "x.safetensors").read_bytes() == (tmp_path / "y.safetensors").read_bytes()


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (BASE, "the weights of the base itself"),
        (models.tuned(BASE, 1, 99.0), "the training diverged"),
        ({**TUNED, "model.norm.weight": torch.full((16,), torch.nan)}, "holds NaN"),
        (models.llama() | {n: t[:7] for n, t in BASE.items()}, "other shapes"),
    ],
)
@pytest.mark.parametrize("out", ["out", "out.safetensors"])
def test_useless_models_leave_nothing_behind(state, reason, out, base, tmp_path) -> None:
    paths = [save(state, tmp_path / "a"), save(OTHER, tmp_path / "b")]
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ValueError, match=reason):
        merge(paths, base, tmp_path / out, method="ties")
    assert sorted(tmp_path.rglob("*")) == before


def test_models_are_called_by_their_files_or_folders() -> None:
    assert model_names(["x/birds.pt", "x/boats/", "y/v1.5"]) == ["birds", "boats", "v1.5"]
    assert model_names(["x/model.pt", "y/model.pt"]) == ["x-model", "y-model"]
    with pytest.raises(ValueError, match="two models are called 'x-model'"):
        model_names(["x/model.pt", "x/model.safetensors"])


KNOWN_TO_MERGEKIT = {
    "weight_average": ("linear", {"weight": 1.0}),
    "task_arithmetic": ("task_arithmetic", {"weight": 0.3}),
    "ties": ("ties", {"weight": 1.0, "density": 0.2}),
    "dare": ("dare_linear", {"weight": 1.0, "density": 0.1}),
    "della": ("della", {"weight": 1.0, "density": 0.7, "epsilon": 0.07}),
    "breadcrumbs": ("breadcrumbs", {"weight": 1.0, "density": 0.143, "gamma": 0.007}),
    "model_stock": ("model_stock", None),
    "slerp": ("slerp", None),
}


@pytest.mark.parametrize("method", METHODS)
def test_mergekit_gets_the_same_merge_where_it_has_the_method(method: str) -> None:
    if method not in KNOWN_TO_MERGEKIT:
        with pytest.raises(ValueError, match=f"{method}: mergekit has no such method"):
            recipe(method, {}, ["a", "b"], "base")
        return
    content = yaml.safe_load(recipe(method, {}, ["x/b", "x/a"], "base"))
    theirs, each = KNOWN_TO_MERGEKIT[method]
    assert content["merge_method"] == theirs
    assert [entry["model"] for entry in content["models"]] == ["x/a", "x/b"]
    for entry in content["models"]:
        assert entry.get("parameters") == each
    bases = {"weight_average": None, "slerp": "x/a"}
    assert content.get("base_model") == bases.get(method, "base")


@pytest.mark.parametrize(
    ("method", "elect", "theirs"),
    [
        ("dare", True, "dare_ties"),
        ("della", False, "della_linear"),
        ("breadcrumbs", True, "breadcrumbs_ties"),
    ],
)
def test_electing_signs_is_a_method_of_its_own_in_mergekit(method, elect, theirs) -> None:
    content = yaml.safe_load(recipe(method, {"elect": elect}, ["a", "b"], "base"))
    assert content["merge_method"] == theirs
    assert content["parameters"]["normalize"]


def test_mergekit_is_told_of_adapters_behind_their_base_and_of_folders_alone(tmp_path) -> None:
    lora = models.save_adapter(models.factors([UP], BASE), tmp_path / "lora")
    content = yaml.safe_load(recipe("ties", {}, [lora, "x"], "base"))
    assert [entry["model"] for entry in content["models"]] == [f"base+{lora}", "x"]
    with pytest.raises(ValueError, match="mergekit reads folders"):
        recipe("ties", {}, [save(TUNED, tmp_path / "a"), "x"], "base")
    with pytest.raises(ValueError, match="mergekit reads folders"):
        recipe("ties", {}, ["a+b", "x"], "base")


def test_mergekit_has_no_whole_vector_ties() -> None:
    with pytest.raises(ValueError, match="scope: global"):
        recipe("ties", {"scope": "global"}, ["a", "b"], "base")
