"""Whatever is wrong with a checkpoint: one clear error, nothing run, nothing written."""

import os
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import public_layouts as public
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors import SafetensorError
from torch import nn

from mergeability.checkpoints.reading import open_foreign
from mergeability.checkpoints.sources import locate
from mergeability.files import write_json

CLIP = public.new_clip()


def changed(**tensors: Any) -> public.State:
    """A good vision tower, some tensors replaced; those that are None are left out."""
    tower = {
        name.removeprefix("visual."): tensor
        for name, tensor in public.finetuned(CLIP).items()
        if name.startswith("visual.")
    }
    tower |= {name.replace("__", "."): tensor for name, tensor in tensors.items()}
    return {name: tensor for name, tensor in tower.items() if tensor is not None}


def safetensors(folder: Path, **tensors: Any) -> Path:
    return public._save(changed(**tensors), folder / "bad.safetensors")


def torch_file(folder: Path, content: Any, name: str = "bad.pt") -> Path:
    torch.save(content, folder / name)
    return folder / name


def raw(folder: Path, content: bytes, name: str) -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def cut(path: Path, kept: float) -> Path:
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content))])
    return path


def with_value(value: float) -> torch.Tensor:
    bias = torch.zeros(32)
    bias[7] = value
    return bias


def without_key_projection(folder: Path) -> Path:
    state = public.hugging_face_vision(public.finetuned(CLIP))
    del state["vision_model.encoder.layers.1.self_attn.k_proj.weight"]
    return public._save(state, folder / "bad.safetensors")


def of_another_backbone(folder: Path) -> Path:
    larger = {**public.SMALL["vision_cfg"], "width": 40, "layers": 4, "patch_size": 6}
    other = public.new_clip({**public.SMALL, "vision_cfg": larger})
    return public.save_fusionbench(public.finetuned(other), folder)


def torch_script(folder: Path) -> Path:
    torch.jit.script(nn.Linear(2, 2)).save(str(folder / "bad.pt"))
    return folder / "bad.pt"


BAD: dict[str, tuple[Callable[[Path], Path], list[str]]] = {
    "safetensors cut short": (lambda f: cut(safetensors(f), 0.9), ["cut short", "download"]),
    "safetensors cut in the header": (lambda f: cut(safetensors(f), 0.01), ["cut short"]),
    "torch file cut short": (
        lambda f: cut(torch_file(f, changed()), 0.5),
        ["broken PyTorch file", "cut short"],
    ),
    "old torch file cut short": (
        lambda f: cut(public.save_old_torch(public.finetuned(CLIP), f), 0.5),
        ["broken PyTorch file", "cut short"],
    ),
    "empty": (lambda f: raw(f, b"", "bad.safetensors"), ["is empty", "download"]),
    "text": (
        lambda f: raw(f, b"version https://git-lfs.github.com/spec/v1\n", "bad.safetensors"),
        ["neither safetensors nor a PyTorch file", "b'version h'", "Git LFS"],
    ),
    "torch file with the wrong suffix": (
        lambda f: torch_file(f, changed(), "bad.safetensors"),
        ["a PyTorch file, not safetensors", "name it .pt"],
    ),
    "wrong shape": (
        lambda f: safetensors(f, ln_pre__bias=torch.ones(31)),
        ["do not fit the backbone", "ln_pre.bias has shape (31,), expected (32,)"],
    ),
    "missing tensor": (lambda f: safetensors(f, ln_post__bias=None), ["missing ln_post.bias"]),
    "missing projection": (lambda f: safetensors(f, proj=None), ["missing proj"]),
    "missing key projection": (
        without_key_projection,
        ["missing transformer.resblocks.1.attn.in_proj_weight", "unexpected", "q_proj.weight"],
    ),
    "extra tensors": (
        lambda f: safetensors(f, **{f"extra_{n}": torch.ones(1) for n in range(9)}),
        ["unexpected extra_0, extra_1, extra_2, extra_3, extra_4 and 4 more"],
    ),
    "NaN": (
        lambda f: safetensors(f, ln_pre__bias=with_value(float("nan"))),
        ["'ln_pre.bias' holds NaN or infinite values", "another checkpoint"],
    ),
    "infinite": (
        lambda f: safetensors(f, ln_pre__bias=with_value(float("-inf"))),
        ["'ln_pre.bias' holds NaN or infinite values"],
    ),
    "too large for float32": (
        lambda f: safetensors(f, ln_pre__bias=torch.full((32,), 1e300, dtype=torch.float64)),
        ["'ln_pre.bias' holds NaN or infinite values"],
    ),
    "integers": (
        lambda f: safetensors(f, ln_pre__bias=torch.ones(32, dtype=torch.int8)),
        ["'ln_pre.bias' is of type torch.int8", "convert it to float32"],
    ),
    "another backbone": (
        of_another_backbone,
        [
            "these are weights of a vision transformer (patch 6, width 40, 4 layers, images of 12",
            "the backbone is a vision transformer (patch 4, width 32, 3 layers",
            "unexpected transformer.resblocks.3.attn.in_proj_bias",
        ],
    ),
    "the backbone itself": (
        lambda f: public.save_open_clip(CLIP.state_dict(), f),
        ["the weights of the backbone itself", "name a fine-tuned checkpoint"],
    ),
    "a head": (
        lambda f: torch_file(f, {"weight": torch.ones(10, 24), "bias": torch.ones(10)}),
        ["a classification head", "the file of the image encoder is needed"],
    ),
    "another network": (
        lambda f: torch_file(f, nn.Sequential(nn.Linear(2, 2)).state_dict()),
        ["no CLIP vision encoder in any known layout", "0.bias, 0.weight"],
    ),
    "two state dicts": (
        lambda f: torch_file(f, {"epoch": 3, "state_dict": changed(), "model": changed()}),
        ["several state dicts (state_dict, model)", "save the one to read alone"],
    ),
    "a state dict in an unknown place": (
        lambda f: torch_file(f, {"epoch": 3, "weights": changed()}),
        ["entries that are not tensors (epoch, weights)", "save the state dict alone"],
    ),
    "the same tensors twice": (
        lambda f: torch_file(f, changed() | {f"module.{k}": v for k, v in changed().items()}),
        ["two tensors for 'class_embedding'", "'module.class_embedding'", "of one model alone"],
    ),
    "only a head, wrapped": (
        lambda f: torch_file(f, {"module.classification_head.weight": torch.ones(10, 24)}),
        ["a classification head", "the file of the image encoder is needed"],
    ),
    "a LoRA adapter": (
        lambda f: public._save(
            {f"base_model.model.layers.0.q_proj.lora_{x}.weight": torch.ones(2, 2) for x in "AB"},
            f / "bad.safetensors",
        ),
        ["adapters such as LoRA (base_model", "name the folder of the adapter", "or merge it into"],
    ),
    "adapters beside the weights they adapt": (
        lambda f: safetensors(f, **{"transformer.resblocks.0.mlp.c_fc.lora_A": torch.ones(2, 2)}),
        ["adapters such as LoRA (transformer.resblocks.0.mlp.c_fc.lora_A)", "merge it into"],
    ),
    "one shard": (
        lambda f: public._save(changed(), f / "model-00002-of-00003.safetensors"),
        ["one of 3 shards of a model", "name its folder"],
    ),
    "an index of shards": (
        lambda f: raw(f, b'{"metadata": {}, "weight_map": {}}', "model.safetensors.index.json"),
        ["has no 'weight_map'", "download it again"],
    ),
    "a list": (lambda f: torch_file(f, [torch.ones(2)]), ["holds a list", "state_dict()"]),
    "one tensor": (lambda f: torch_file(f, torch.ones(2)), ["holds a Tensor", "state_dict()"]),
    "TorchScript": (torch_script, ["a TorchScript program", "torch.jit.load('bad.pt'"]),
    "a pickled module": (
        lambda f: public.save_task_vectors(public.finetuned(CLIP), f, public.new_clip()),
        ["src.modeling.ImageEncoder", "Set allow_pickle: true", "torch.load('finetuned.pt'"],
    ),
    "no manifest": (lambda f: raw(f, b"{}", "bad.json"), ["not a manifest"]),
    "JSON cut short": (lambda f: raw(f, b'{"repo"', "bad.json"), ["not valid JSON"]),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_checkpoint_is_refused_in_one_error_that_names_it(case: str, tmp_path: Path) -> None:
    write, phrases = BAD[case]
    source = write(tmp_path)
    pretrained = public.write_backbone(tmp_path, CLIP)
    with pytest.raises(ValueError, match=re.escape(str(source))) as caught:
        public.import_into(tmp_path, source, pretrained)
    for phrase in phrases:
        assert phrase in str(caught.value)
    assert len(str(caught.value)) < 1200
    assert not (tmp_path / "results").exists()
    assert str(source) in (tmp_path / "logs/import.log").read_text()


def read_all(path: Path, allow_pickle: bool = False) -> public.State:
    return {name: tensor.load() for name, tensor in open_foreign(path, allow_pickle).items()}


NO_MEMORY = {
    "Python": MemoryError(),
    "the system": OSError(12, "Cannot allocate memory"),
    "torch": RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't "
                          "allocate memory: you tried to allocate 4398046511104 bytes."),
    "safetensors": SafetensorError("I/O error: Cannot allocate memory (os error 12)"),
}  # fmt: skip


@pytest.mark.parametrize("said_by", NO_MEMORY)
@pytest.mark.parametrize("kind", ["PyTorch", "safetensors"])
def test_too_little_memory_is_not_called_a_broken_file(
    kind: str, said_by: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = NO_MEMORY[said_by]
    if (kind, said_by) in {("PyTorch", "safetensors"), ("safetensors", "torch")}:
        pytest.skip("one library does not raise errors of the other")

    def fail(*_: Any, **__: Any) -> None:
        raise error

    source = torch_file(tmp_path, changed()) if kind == "PyTorch" else safetensors(tmp_path)
    monkeypatch.setattr(torch, "load", fail)
    monkeypatch.setattr("mergeability.checkpoints.lazy.safe_open", fail)
    with pytest.raises(ValueError, match=re.escape(str(source))) as caught:
        read_all(source)
    assert "not enough memory" in str(caught.value)
    assert "broken" not in str(caught.value)


class Payload:
    """Pickles into a call that leaves a mark."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> Any:
        return self.call


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
@pytest.mark.parametrize("allow_pickle", [False, True])
@pytest.mark.parametrize("protocol", [2, 4])
@pytest.mark.parametrize("container", ["torch", "old torch", "pickle"])
@pytest.mark.parametrize("function", [os.mkdir, open, eval, exec])
def test_a_pickle_never_runs_anything(
    function: Callable[..., Any],
    container: str,
    protocol: int,
    allow_pickle: bool,
    tmp_path: Path,
) -> None:
    mark, source = tmp_path / "mark", tmp_path / "evil.pt"
    arguments = {
        os.mkdir: (str(mark),),
        open: (str(mark), "w"),
        eval: (f"open({str(mark)!r}, 'w')",),
        exec: (f"open({str(mark)!r}, 'w')",),
    }[function]
    content = {**changed(), "evil": Payload(function, *arguments)}
    if container == "pickle":
        source.write_bytes(pickle.dumps(content, protocol=protocol))
    else:
        torch.save(
            content,
            source,
            pickle_protocol=protocol,
            _use_new_zipfile_serialization=container == "torch",
        )
    pretrained = public.write_backbone(tmp_path, CLIP)
    with pytest.raises(ValueError, match=re.escape(str(source))):
        public.import_into(tmp_path, source, pretrained, allow_pickle=allow_pickle)
    assert not mark.exists()
    assert not (tmp_path / "results").exists()
    with pytest.raises(Exception, match=r"."):  # the payload is real: opened plainly, it runs
        if container == "pickle":
            pickle.loads(source.read_bytes())
        else:
            torch.load(source, weights_only=False)
        raise ValueError("opened")
    assert mark.exists()


def test_a_pickled_head_is_recognised(tmp_path: Path) -> None:
    torch.save(nn.Linear(24, 10), tmp_path / "head_MNIST.pt")
    pretrained = public.write_backbone(tmp_path, CLIP)
    with pytest.raises(ValueError, match=r"head_MNIST\.pt: a classification head"):
        public.import_into(tmp_path, tmp_path / "head_MNIST.pt", pretrained, allow_pickle=True)


def test_a_wrong_checksum_is_named_before_the_file_is_opened(tmp_path: Path) -> None:
    source = raw(tmp_path, b"anything", "bad.pt")
    pretrained = public.write_backbone(tmp_path, CLIP)
    with pytest.raises(ValueError, match=rf"bad\.pt: sha256 is .*, expected {'0' * 64}; .* fetch"):
        public.import_into(tmp_path, source, pretrained, sha256="0" * 64)
    assert not (tmp_path / "results").exists()
    assert locate(source, locate(source).sha256.upper()).path == source


def test_a_missing_file_is_named_with_the_manifest_that_led_to_it(tmp_path: Path) -> None:
    pretrained = public.write_backbone(tmp_path, CLIP)
    with pytest.raises(FileNotFoundError, match=r"nowhere\.pt: there is no such file"):
        public.import_into(tmp_path, tmp_path / "nowhere.pt", pretrained)
    manifest = {"repo": "a/b", "file": "c.pt", "revision": "d", "sha256": "e", "path": "gone.pt"}
    write_json(tmp_path / "fetched.json", manifest)
    with pytest.raises(FileNotFoundError, match=r"gone\.pt: .* delete .*fetched\.json to fetch it"):
        public.import_into(tmp_path, tmp_path / "fetched.json", pretrained)


@pytest.fixture(scope="module")
def good_files(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    folder = tmp_path_factory.mktemp("good")
    state = {"weight": torch.arange(6.0), "bias": torch.ones(2)}
    torch.save(state, folder / "old.pt", _use_new_zipfile_serialization=False)
    files = [
        public._save(state, folder / "good.safetensors"),
        torch_file(folder, state),
        torch_file(folder, nn.Linear(3, 2), "module.pt"),
        folder / "old.pt",
    ]
    return [file.read_bytes() for file in files]


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
@settings(
    max_examples=400,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_damage_anywhere_gives_tensors_or_one_clear_error(
    data: st.DataObject, good_files: list[bytes], tmp_path: Path
) -> None:
    content = bytearray(data.draw(st.sampled_from(good_files)))
    places = st.integers(0, len(content) - 1)
    for place, value in data.draw(st.dictionaries(places, st.integers(0, 255), max_size=3)).items():
        content[place] = value
    path = raw(tmp_path, bytes(content[: data.draw(places) + 1]), "damaged.bin")
    try:
        tensors = read_all(path, allow_pickle=data.draw(st.booleans()))
    except ValueError as error:
        assert str(path) in str(error)
    else:
        assert all(isinstance(tensor, torch.Tensor) for tensor in tensors.values())
