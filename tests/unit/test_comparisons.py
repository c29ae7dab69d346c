"""Comparing models in files: the numbers of the workflow, whatever the models are wrapped in."""

from pathlib import Path

import model_folders as models
import numpy as np
import pytest
import torch
from model_folders import BASE, TUNED, headless

import mergeability
from mergeability.checkpoints import lazy
from mergeability.comparison import compare_all
from mergeability.files import write_tensors
from mergeability.metrics.pair import compute_pair_metrics
from mergeability.metrics.registry import parts_of
from mergeability.metrics.sketch import sketch_weights
from mergeability.metrics.tensor_pairs import METRICS, RANK, SPECTRUM
from mergeability.screening import screen

FAMILIES = ["task_vector", "effective_rank", "subspace"]
OTHER = models.tuned(BASE, 2)
PROJECTIONS = [name.removesuffix(".weight") for name in BASE if "_proj" in name]


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return models.save_folder(BASE, tmp_path / "base", shards=2)


def save(state: models.State, path: Path) -> Path:
    return models.save_one(state, path.with_suffix(".safetensors"))


def sketched(state: models.State, path: Path) -> Path:
    tau = {name: state[name] - BASE[name] for name in sorted(BASE)}
    parts = sketch_weights(tau, parts_of(FAMILIES), RANK, SPECTRUM, BASE)
    write_tensors(path, parts, {"settings": {}, "task": path.stem})
    return path


def test_metrics_are_those_of_the_workflow(base, tmp_path) -> None:
    a, b = save(TUNED, tmp_path / "a"), models.save_folder(OTHER, tmp_path / "b", 3)
    total = mergeability.compare(a, b, base, subspaces=True).iloc[0]
    sketches = [
        sketched(state, tmp_path / f"{n}.sketch") for n, state in (("a", TUNED), ("b", OTHER))
    ]
    expected = {m.metric: m.value for m in compute_pair_metrics(*sketches, FAMILIES)}
    assert expected.keys() == {*METRICS}
    for name, value in expected.items():
        assert total[name] == pytest.approx(value, rel=1e-9, abs=1e-12), name


def test_layers_and_tensors_add_up_and_models_may_trade_places(base, tmp_path) -> None:
    a, b = save(TUNED, tmp_path / "a"), save(OTHER, tmp_path / "b")
    frame, swapped = mergeability.compare(a, b, base), mergeability.compare(b, a, base)
    squares = frame.assign(square=frame["norm_a"] ** 2).groupby("level")["square"].sum()
    assert squares["layer"] == pytest.approx(squares["total"])
    assert squares["tensor"] == pytest.approx(squares["total"])
    assert {"model.layers.0", "model.layers.1", "lm_head"} < {
        *frame.loc[frame["level"] == "layer", "name"]
    }
    for name in ("sign_conflict", "task_vector_cosine_similarity", "layerwise_effective_rank"):
        assert np.allclose(frame[name], swapped[name])
    assert frame["norm_a"].equals(swapped["norm_b"])


def test_sign_conflict_is_the_share_of_opposed_movement(tmp_path) -> None:
    zero = {"a.weight": torch.zeros(2, 2)}
    first = {"a.weight": torch.tensor([[3.0, -1.0], [2.0, 5.0]])}
    second = {"a.weight": torch.tensor([[1.0, 2.0], [-4.0, 0.0]])}
    paths = [save(state, tmp_path / str(n)) for n, state in enumerate((first, second, zero))]
    total = mergeability.compare(*paths).iloc[0]
    assert total["sign_conflict"] == (1 + 2) / (1 + 1 + 2)
    assert np.isnan(total["relative_a"])


def test_blocks_of_rows_change_nothing(base, tmp_path, monkeypatch) -> None:
    a, b = save(TUNED, tmp_path / "a"), save(OTHER, tmp_path / "b")
    whole = mergeability.compare(a, b, base)
    monkeypatch.setattr(lazy, "BLOCK", 40)
    in_blocks = mergeability.compare(a, b, base)
    numbers = whole.columns[2:]
    assert np.allclose(whole[numbers], in_blocks[numbers], rtol=1e-12, equal_nan=True)


def adapters(tmp_path: Path) -> tuple[list[Path], list[Path]]:
    """Two adapters, and the same folded into the base."""
    kept, folded = [], []
    for seed in (1, 2):
        state = models.factors(PROJECTIONS, BASE, seed=seed)
        kept.append(models.save_adapter(state, tmp_path / f"lora{seed}"))
        merged = dict(BASE)
        for module in PROJECTIONS:
            b, a = (state[f"base_model.model.{module}.lora_{f}.weight"].double() for f in "BA")
            merged[f"{module}.weight"] = BASE[f"{module}.weight"].double() + 2 * b @ a
        folded.append(save(models.cast(merged, torch.float64), tmp_path / f"folded{seed}"))
    return kept, folded


def test_factors_of_adapters_have_the_metrics_of_their_products(base, tmp_path) -> None:
    kept, folded = adapters(tmp_path)
    exact = save(models.cast(BASE, torch.float64), tmp_path / "exact")
    of_factors = mergeability.compare(*kept, base).iloc[0]
    without_base = mergeability.compare(*kept).iloc[0]
    of_products = mergeability.compare(*folded, exact, subspaces=True).iloc[0]
    for name in ("norm_a", "norm_b", *METRICS):
        assert of_factors[name] == pytest.approx(without_base[name], rel=1e-12), name
        if not name.startswith("layerwise"):  # in those, tensors that none changed have no weight
            assert of_factors[name] == pytest.approx(of_products[name], rel=1e-6, abs=1e-9), name


def test_an_adapter_and_a_whole_model_compare(base, tmp_path) -> None:
    kept, folded = adapters(tmp_path)
    total = mergeability.compare(kept[0], folded[0], base).iloc[0]
    assert total["task_vector_cosine_similarity"] == pytest.approx(1, abs=1e-6)


def test_ten_wrappings_of_three_models_screen_to_the_same_numbers(base, tmp_path) -> None:
    states = [TUNED, OTHER, models.tuned(BASE, 3)]
    zoo, of = tmp_path / "zoo", {}
    savers = {
        "a": save,
        "b": lambda s, p: models.save_torch(s, p.with_suffix(".pt")),
        "c": models.save_folder,
        "d": lambda s, p: models.save_folder(s, p, 3),
        "e": lambda s, p: models.save_folder(s, p, 2, "bin"),
        "f": lambda s, p: models.save_torch({"state_dict": s, "epoch": 1}, p.with_suffix(".ckpt")),
        "g": lambda s, p: save({f"module.{n}": t for n, t in s.items()}, p),
        "h": lambda s, p: save({f"net.{n}": t for n, t in s.items()}, p),
        "i": lambda s, p: save({n.removeprefix("model."): t for n, t in s.items()}, p),
        "j": lambda s, p: save(models.cast(s, torch.float64), p),
    }
    for number, (name, wrap) in enumerate(savers.items()):
        of[name] = number % 3
        wrap(states[number % 3], zoo / name)
    found = screen(zoo, base, tmp_path / "out")
    assert found.names == tuple(savers)
    assert not found.left_out
    table = found.comparison.pairs(found.names)
    assert len(table) == 45
    kinds = table.apply(lambda row: tuple(sorted((of[row["task_a"]], of[row["task_b"]]))), axis=1)
    numbers = ["sign_conflict", *METRICS[:12]]
    for kind, group in table.groupby(kinds):
        values = group[numbers].to_numpy()
        if kind[0] != kind[1]:
            assert np.allclose(values, values[0], rtol=1e-9), kind
        else:
            assert np.allclose(group["task_vector_cosine_similarity"], 1)
    twins = [text for text in found.comparison.warnings if "are the same weights" in text]
    assert len(twins) == 6 + 3 + 3
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        *("metrics.csv", "screening.json", "screening.svg")
    }


@pytest.mark.parametrize(
    ("state", "warning"),
    [
        (BASE, "the weights of the base itself, not fine-tuned"),
        (models.cast(BASE, torch.bfloat16), "the weights of the base itself, rounded"),
        (models.tuned(BASE, 1, 1.0), "was it fine-tuned from other weights?"),
        (models.tuned(BASE, 1, 99.0), "the training diverged"),
        (OTHER, "are the same weights"),
        ({"lm_head.weight": TUNED["lm_head.weight"]}, "less than half of the tensors of the base"),
    ],
)
def test_what_is_no_fine_tuned_model_is_warned_of(state, warning, base, tmp_path) -> None:
    paths = [save(state, tmp_path / "a"), save(OTHER, tmp_path / "b")]
    (found,) = compare_all(paths, base).warnings
    assert warning in found
    assert str(paths[0]) in found


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_nan_and_infinity_are_refused_by_name(value: float, base, tmp_path) -> None:
    bad = {**TUNED, "model.norm.weight": torch.full((16,), value)}
    paths = [save(OTHER, tmp_path / "b"), save(bad, tmp_path / "a")]
    with pytest.raises(ValueError, match=r"a\.safetensors: tensor 'model\.norm\.weight' holds NaN"):
        mergeability.compare(*paths, base)


def test_a_frame_says_what_was_compared_and_how_little_that_tells(base, tmp_path) -> None:
    a = save(headless(TUNED), tmp_path / "a")
    attrs = mergeability.compare(a, models.save_folder(TUNED, tmp_path / "b", 3), base).attrs
    assert attrs["coverage"][0]["missing"] == ("lm_head.weight",)
    assert attrs["coverage"][1]["matched"] == len(BASE)
    assert "0.068" in attrs["caution"]
