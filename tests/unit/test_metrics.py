"""Properties of the pair metrics, from sketches of random task vectors."""

import os
import subprocess
import sys
from importlib import import_module
from math import acos, degrees, sqrt

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mergeability.files import read_tensors, write_tensors
from mergeability.metrics import registry
from mergeability.metrics.geometry import Gram
from mergeability.metrics.pair import compute_pair_metrics
from mergeability.metrics.registry import FAMILIES, PAPER_FAMILIES, metric_names, parts_of
from mergeability.metrics.sketch import sketch_weights
from mergeability.plugins import Catalog, Methods, PluginError
from mergeability.workflow import checks

SHAPES = {"wide": (12, 20), "tall": (30, 11), "bias": (7,), "kernel": (3, 2, 2, 2)}
EVERYTHING = list(PAPER_FAMILIES)
vectors = hnp.arrays(np.float64, 6, elements=st.floats(-1e3, 1e3).filter(lambda x: abs(x) > 1e-3))


def random_updates(seed):
    generator = torch.Generator().manual_seed(seed)
    return {name: torch.randn(shape, generator=generator) for name, shape in SHAPES.items()}


def sketch(path, updates, seed=0):
    """A complete sketch; activations and gradients are random vectors."""
    parts = sketch_weights(updates, parts_of(EVERYTHING), subspace_rank=4, spectrum_size=8)
    rng = np.random.default_rng(seed)
    gradients = {name: rng.normal(size=shape).astype(np.float32) for name, shape in SHAPES.items()}
    norms = np.array([np.sum(gradients[n].astype(np.float64) ** 2) for n in sorted(gradients)])
    parts |= {f"encoder_gradient/{name}": value for name, value in gradients.items()}
    parts["encoder_gradient_squared_norms/all"] = norms
    parts["input_gradient/all"] = rng.normal(size=(5, 3, 4, 4)).astype(np.float32)
    parts["activation/all"] = rng.normal(size=16)
    write_tensors(path, parts, {"settings": {"rank": 4}})
    return path


def metrics(a, b, families=EVERYTHING):
    return {value.metric: value.value for value in compute_pair_metrics(a, b, families)}


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sketches")
    return (
        sketch(folder / "a", random_updates(1), seed=1),
        sketch(folder / "b", random_updates(2), seed=2),
    )


def test_registry_and_functions_agree():
    assert len(metric_names()) == len(set(metric_names())) == 28
    everything = metric_names(FAMILIES)
    assert len(everything) == len(set(everything))
    for name, family in FAMILIES.items():
        module = import_module(f"mergeability.metrics.families.{name}")
        for function in family.functions:
            assert getattr(module, function).__doc__


@pytest.fixture
def families(tmp_path, monkeypatch):
    """A folder of families of its own, and what is known of them."""
    methods = Methods(tmp_path)
    monkeypatch.setattr(registry, "_FAMILIES", methods)
    return tmp_path, Catalog(methods, registry._describe, ())


SIDE = "def depth(side: DirectedPair) -> float: ..."


def test_a_family_is_what_its_file_says(families):
    folder, catalog = families
    (folder / "my_family.py").write_text(
        "PARTS = ('subspace', 'outputs')\n"
        f"def second(pair: SketchPair) -> float: ...\n{SIDE}\ndef _shared(a, b): ...\n"
    )
    family = catalog["my_family"]
    assert (family.title, family.metrics) == ("My family", ("second", "depth_sum", "depth_min"))
    assert family.needs == {"weights", "probes"}
    assert family.needs_data


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (SIDE, "PARTS must be a tuple of some of: task_vector, "),
        ("PARTS = ()", "PARTS must be a tuple of some of: task_vector, "),
        ("PARTS = ('subspace')", "PARTS must be a tuple of some of: task_vector, "),
        ("PARTS = ('subspaces',)", "PARTS: unknown 'subspaces' (did you mean 'subspace'?)"),
        ("PARTS = tuple()", "PARTS = tuple() is computed; write its value"),
        (f"PARTS = ('outputs',)\n{SIDE}\ndef norm(pair): ...", "norm must take one argument with "),
        ("PARTS = ('outputs',)\ndef norm(pair: SketchPair, k: int): ...", "norm must take one "),
        ("PARTS = ('outputs',)\ndef norm(a: SketchPair, /, *, k=1): ...", "norm must take one "),
        ("PARTS = ('outputs',)\ndef norm(", "line 2 is not valid Python"),
    ],
)
def test_a_family_that_cannot_be_read_is_one_line_with_the_file(source, message, families):
    folder, catalog = families
    (folder / "mine.py").write_text(source)
    with pytest.raises(PluginError) as raised:
        _ = catalog["mine"]
    assert str(raised.value).startswith(f"{folder / 'mine.py'}: {message}")
    assert "\n" not in str(raised.value)


def test_metrics_of_the_same_name_are_a_problem_of_the_config(families, monkeypatch):
    folder, catalog = families
    for name in ("one", "other"):
        (folder / f"{name}.py").write_text(f"PARTS = ('outputs',)\n{SIDE}")
    monkeypatch.setattr(registry, "FAMILIES", catalog)
    monkeypatch.setattr(checks, "FAMILIES", catalog)
    assert list(checks._family_problems(["one"])) == []
    assert list(checks._family_problems(["one", "other"])) == [
        f"metrics.families: several give a metric {name!r}; rename one of the functions"
        for name in ("depth_sum", "depth_min")
    ]


def test_values_come_in_registry_order_with_families(pair):
    values = compute_pair_metrics(*pair, ["gradient", "task_vector"])
    assert [value.metric for value in values] == metric_names(["task_vector", "gradient"])
    assert {value.family for value in values} == {"task_vector", "gradient"}


def test_metrics_are_symmetric(pair):
    a, b = pair
    assert metrics(a, b) == pytest.approx(metrics(b, a), rel=1e-12, abs=1e-12)


def test_ranges(pair):
    values = metrics(*pair)
    for name, value in values.items():
        if "cosine" in name:
            assert -1 <= value <= 1
        if "distance" in name:
            assert value >= 0
        if "overlap" in name or "ratio" in name or name == "spectral_gap" or "score" in name:
            assert 0 <= value <= 1
        if name in ("effective_rank", "layerwise_effective_rank", "stable_rank"):
            assert 1 <= value <= 2


def test_identities_between_metrics(pair):
    values = metrics(*pair)
    assert values["effective_rank_mergeability_score"] == 2 - values["effective_rank"]
    assert values["spectral_gap"] == pytest.approx(1 - values["singular_value_ratio"])
    assert values["weight_space_angle"] == pytest.approx(
        degrees(acos(values["task_vector_cosine_similarity"]))
    )


def test_task_vector_metrics_against_the_flat_vectors(pair):
    tau = [
        np.concatenate([random_updates(seed)[name].numpy().ravel() for name in sorted(SHAPES)])
        for seed in (1, 2)
    ]
    values = metrics(*pair)
    a, b = (t.astype(np.float64) for t in tau)
    assert values["task_vector_l2_distance"] == pytest.approx(np.linalg.norm(a - b))
    assert values["task_vector_dot_product"] == pytest.approx(a @ b)
    s = np.linalg.svd(np.stack([a, b]), compute_uv=False)
    p = s / s.sum()
    assert values["effective_rank"] == pytest.approx(np.exp(-(p * np.log(p)).sum()))
    assert values["stable_rank"] == pytest.approx(s.sum() ** 2 / (s**2).sum())
    assert values["singular_value_ratio"] == pytest.approx(s[1] / s[0])


def test_interaction_is_the_squared_right_overlap_of_each_matrix(tmp_path):
    """With a single matrix the means over matrices are that matrix's values."""
    paths = [
        sketch(tmp_path / str(seed), {"matrix": random_updates(seed)["wide"]}, seed)
        for seed in (1, 2)
    ]
    values = metrics(*paths, families=["subspace"])
    for end in ("top_k", "bottom_k"):
        assert values[f"interaction_matrix_overlap_{end}"] == pytest.approx(
            values[f"right_subspace_overlap_{end}"] ** 2
        )


def test_subspaces_against_a_full_svd(tmp_path):
    updates = [random_updates(seed)["tall"] for seed in (1, 2)]
    paths = [sketch(tmp_path / str(i), {"m": u}) for i, u in enumerate(updates)]
    (ua, sa, va), (ub, sb, vb) = (
        np.linalg.svd(u.double().numpy(), full_matrices=False) for u in updates
    )
    values = metrics(*paths, families=["subspace"])
    assert values["subspace_overlap"] == pytest.approx(np.linalg.norm(ua[:, :4].T @ ub[:, :4]) / 4)
    assert values["right_subspace_overlap_bottom_k"] == pytest.approx(
        np.linalg.norm(va[-4:] @ vb[-4:].T) / 2
    )
    cosine = sa[:8] @ sb[:8] / np.linalg.norm(sa[:8]) / np.linalg.norm(sb[:8])
    assert values["singular_value_overlap"] == pytest.approx(cosine)


def test_a_checkpoint_with_itself(pair):
    values = metrics(pair[0], pair[0])
    assert values["task_vector_cosine_similarity"] == pytest.approx(1)
    assert values["task_vector_l2_distance"] == pytest.approx(0, abs=1e-6)
    assert values["effective_rank"] == pytest.approx(1, abs=1e-6)
    assert values["right_subspace_overlap_top_k"] == pytest.approx(1)
    assert values["singular_value_overlap"] == pytest.approx(1)


def test_unchanged_tensors_do_not_count(tmp_path):
    a, b = random_updates(1), random_updates(2)
    frozen = {"frozen": torch.zeros(9, 9)}
    without = metrics(sketch(tmp_path / "a", a), sketch(tmp_path / "b", b))
    with_frozen = metrics(sketch(tmp_path / "c", a | frozen), sketch(tmp_path / "d", b | frozen))
    weights_only = metric_names(["task_vector", "effective_rank", "subspace"])
    for name in weights_only:
        assert with_frozen[name] == pytest.approx(without[name], rel=1e-12), name


def test_scaling_a_task_vector_changes_lengths_only(tmp_path):
    a, b = random_updates(1), random_updates(2)
    base = metrics(sketch(tmp_path / "a", a), sketch(tmp_path / "b", b))
    longer = {name: 3 * update for name, update in b.items()}
    scaled = metrics(tmp_path / "a", sketch(tmp_path / "c", longer))
    for name in ("task_vector_cosine_similarity", *metric_names(["subspace"])):
        assert scaled[name] == pytest.approx(base[name], rel=1e-5), name
    assert scaled["task_vector_dot_product"] == pytest.approx(3 * base["task_vector_dot_product"])


def test_a_zero_task_vector_is_an_error(tmp_path):
    zero = {name: torch.zeros_like(update) for name, update in random_updates(1).items()}
    paths = sketch(tmp_path / "a", zero), sketch(tmp_path / "b", random_updates(2))
    with pytest.raises(ValueError, match="equals the pretrained"):
        metrics(*paths, families=["task_vector"])


def test_sketches_of_different_settings_do_not_mix(tmp_path, pair):
    write_tensors(tmp_path / "other", {"x": np.ones(1)}, {"settings": {"rank": 5}})
    with pytest.raises(ValueError, match="different settings"):
        metrics(pair[0], tmp_path / "other")


def test_missing_part_is_named(tmp_path):
    for name in "ab":
        write_tensors(tmp_path / name, {"x/all": np.ones(1)}, {"settings": {}})
    with pytest.raises(ValueError, match="part 'activation' is missing"):
        metrics(tmp_path / "a", tmp_path / "b", families=["activation"])


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("part", ["task_vector/tall", "encoder_gradient/kernel"])
def test_broken_tensors_that_are_only_mapped_are_named(tmp_path, pair, part, bad):
    tensors = read_tensors(pair[0])
    tensors[part].reshape(-1)[3] = bad
    write_tensors(tmp_path / "broken", tensors, {"settings": {"rank": 4}})
    with pytest.raises(ValueError, match=rf"broken or .*b: tensor '{part}' holds NaN or infinite"):
        metrics(tmp_path / "broken", pair[1])


def test_tensors_of_other_shapes_are_refused(tmp_path, pair):
    tensors = read_tensors(pair[0])
    tensors["task_vector/tall"] = tensors["task_vector/tall"].T
    write_tensors(tmp_path / "other", tensors, {"settings": {"rank": 4}})
    with pytest.raises(ValueError, match="part 'task_vector' is missing or differs"):
        metrics(tmp_path / "other", pair[1])


def test_last_digits_depend_on_neither_blas_nor_threads(pair):
    """OpenBLAS picks other kernels with this variable, as it does on other processors."""
    code = (
        "import sys; from mergeability.metrics.pair import compute_pair_metrics as compute; "
        "families = ['task_vector', 'effective_rank', 'subspace', 'gradient']; "
        "print(compute(*sys.argv[1:3], families, threads=int(sys.argv[3])))"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", code, *map(str, pair), threads],
            env={**os.environ, "OPENBLAS_CORETYPE": core},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for core, threads in (("Prescott", "1"), ("Haswell", "2"), ("SkylakeX", "3"))
    }
    assert len(printed) == 1


@settings(max_examples=200)
@given(vectors, vectors)
def test_gram_geometry(a, b):
    gram = Gram.of(a, b)
    norm_a, norm_b = gram.norms
    assert gram.distance**2 == pytest.approx(
        norm_a**2 + norm_b**2 - 2 * gram.ab, rel=1e-9, abs=1e-6
    )
    assert gram.distance == pytest.approx(np.linalg.norm(a - b), rel=1e-6, abs=1e-4)
    assert gram.cosine * norm_a * norm_b == pytest.approx(
        gram.ab, rel=1e-9, abs=1e-9 * norm_a * norm_b
    )
    first, second = gram.singular_values
    assert first >= second >= 0
    assert sqrt(first**2 + second**2) == pytest.approx(sqrt(norm_a**2 + norm_b**2))
    exact = np.linalg.svd(np.stack([a, b]), compute_uv=False)
    assert first == pytest.approx(exact[0], rel=1e-9)
    assert second == pytest.approx(exact[1], rel=1e-6, abs=1e-6 * first)
