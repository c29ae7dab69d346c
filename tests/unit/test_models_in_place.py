"""Checkpoints of any architecture in a zoo: records, sketches and metrics, read where they are."""

import json
from pathlib import Path

import model_folders as models
import pytest
from model_folders import BASE, TUNED, UP

from mergeability.checkpoints.model_files import model_files
from mergeability.checkpoints.recorded import open_recorded
from mergeability.checkpoints.soundness import UnusableError
from mergeability.comparison import compare
from mergeability.files import write_json, write_tensors
from mergeability.metrics.change_pair import compare_changes
from mergeability.metrics.change_sketch import sketch_changes
from mergeability.recording import record_base, record_checkpoint

FAMILIES = ["effective_rank", "subspace", "task_vector"]
SETTINGS = {"parts": ["subspace", "task_vector"], "subspace_rank": 10, "spectrum_size": 100}
OTHER_UP = "model.layers.1.mlp.up_proj"


@pytest.fixture
def sources(tmp_path: Path) -> dict[str, Path]:
    """A base, two checkpoints of it in other layouts, and two adapters."""
    return {
        "base": models.save_folder(BASE, tmp_path / "base", shards=2),
        "code": models.save_torch({"state_dict": models.tuned(BASE, 2)}, tmp_path / "code.pt"),
        "maths": models.save_folder(TUNED, tmp_path / "maths", shards=3),
        "law": models.save_adapter(models.factors([UP], BASE, seed=1), tmp_path / "law"),
        "news": models.save_adapter(
            models.factors([UP, OTHER_UP], BASE, seed=2), tmp_path / "news"
        ),
    }


def recorded(sources: dict[str, Path], folder: Path) -> dict[str, Path]:
    """Files with the records of all checkpoints."""
    base = record_base({"path": str(sources["base"])})
    files = {}
    for task in sorted(sources.keys() - {"base"}):
        files[task] = folder / f"{task}.json"
        write_json(files[task], record_checkpoint(task, {"path": str(sources[task])}, base))
    return files


@pytest.mark.parametrize("pair", [("code", "maths"), ("law", "maths"), ("law", "news")])
def test_metrics_of_a_pair_are_those_of_the_command(pair, sources, tmp_path: Path) -> None:
    base, checkpoints = open_recorded(recorded(sources, tmp_path).values())
    sketches = {task: tmp_path / f"{task}.safetensors" for task in pair}
    for task, path in sketches.items():
        about = {"settings": SETTINGS, "task": task}
        write_tensors(path, sketch_changes(base, checkpoints[task], SETTINGS), about)
    opened = {task: checkpoints[task] for task in pair}
    found = compare_changes(base, opened, sketches, FAMILIES)
    first, second = (sources[task] for task in pair)
    expected = compare(first, second, sources["base"], subspaces=True).iloc[0]
    assert len(found) == 18
    for value in found:
        assert value.value == pytest.approx(expected[value.metric], rel=1e-6, abs=1e-8), value


def test_checkpoints_without_a_matrix_in_common_lack_the_metrics_of_subspaces(
    sources, tmp_path: Path
) -> None:
    models.save_adapter(models.factors([OTHER_UP], BASE), sources["news"])
    base, checkpoints = open_recorded(recorded(sources, tmp_path).values())
    sketches = {task: tmp_path / f"{task}.safetensors" for task in ("law", "news")}
    for task, path in sketches.items():
        write_tensors(
            path, sketch_changes(base, checkpoints[task], SETTINGS), {"settings": SETTINGS}
        )
    opened = {task: checkpoints[task] for task in ("law", "news")}
    values = {v.metric: v.value for v in compare_changes(base, opened, sketches, FAMILIES)}
    assert values["subspace_overlap"] != values["subspace_overlap"]  # NaN
    assert values["task_vector_cosine_similarity"] == 0


def test_a_sketch_of_an_adapter_holds_the_rank_and_what_was_changed(
    sources, tmp_path: Path
) -> None:
    base, checkpoints = open_recorded(recorded(sources, tmp_path).values())
    sketch = sketch_changes(base, checkpoints["law"], SETTINGS)
    assert {name.split("/")[1] for name in sketch} == {f"{UP}.weight"}
    assert (sketch[f"spectrum/{UP}.weight"] > 0).sum() == 4
    assert sketch_changes(base, checkpoints["law"], {**SETTINGS, "parts": ["task_vector"]}) == {}


def test_a_record_stands_for_the_content_of_the_files(sources, tmp_path: Path) -> None:
    before = {t: f.read_text() for t, f in recorded(sources, tmp_path).items()}
    for path in model_files(sources["maths"]):
        path.touch()
    assert {t: f.read_text() for t, f in recorded(sources, tmp_path).items()} == before
    models.save_folder(models.tuned(BASE, 5), sources["maths"], shards=3)
    after = {t: f.read_text() for t, f in recorded(sources, tmp_path).items()}
    assert {t for t in before if before[t] != after[t]} == {"maths"}
    (sources["base"] / "tokenizer.json").write_text("{}")
    changed = {t: f.read_text() for t, f in recorded(sources, tmp_path).items()}
    assert all(changed[t] != after[t] for t in after)


def test_a_record_says_what_matches(sources, tmp_path: Path) -> None:
    state = {**models.headless(TUNED), "classifier.weight": TUNED["lm_head.weight"]}
    models.save_torch(state, sources["code"])
    record = json.loads(recorded(sources, tmp_path)["code"].read_text())
    assert record["source"]["kind"] == "PyTorch file"
    assert record["coverage"]["new"] == ["classifier.weight"]
    assert record["coverage"]["missing"] == ["lm_head.weight"]


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (BASE, "the weights of the base itself, not fine-tuned; name a fine-tuned checkpoint"),
        ({n: 50 * t for n, t in BASE.items()}, "49 times the norm of the base away from it"),
        ({n: t * float("nan") for n, t in BASE.items()}, "holds NaN or infinite values"),
    ],
)
def test_useless_checkpoints_are_refused_by_name(state, said, sources) -> None:
    models.save_torch(state, sources["code"])
    base = record_base({"path": str(sources["base"])})
    with pytest.raises(UnusableError, match=said) as caught:
        record_checkpoint("code", {"path": str(sources["code"])}, base)
    assert str(caught.value).startswith(str(sources["code"]))


def test_files_of_a_model_are_its_weights_and_what_belongs_to_them(tmp_path: Path) -> None:
    folder = models.save_folder(BASE, tmp_path / "base", shards=2)
    for name in ("optimizer.pt", "trainer_state.json", "README.md", ".hidden.json", "1/pool.json"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("{}")
    assert [str(path.relative_to(folder)) for path in model_files(folder)] == [
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
        "config.json",
        "model.safetensors.index.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "1/pool.json",
    ]
    assert model_files(folder / "config.json") == [folder / "config.json"]
