"""Properties of every merger for 2, 3 and 8 models, on random weights of odd shapes.

`PROPERTIES` says of every method what it does to copies of a model, beside the pretrained model,
and to larger updates. Where a property cannot hold, it says why, and a test below shows what holds
in its place.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
import torch
from merging import (
    assert_equal,
    copies,
    merge,
    models,
    moved_by,
    random_statistics,
    random_weights,
)

from mergeability.plugins import MERGERS, merger_statistics

pytestmark = pytest.mark.usefixtures("one_thread")

DEVICES = ["cpu", *["cuda"] * torch.cuda.is_available()]
MATRICES, OTHERS = ("matrix", "wide"), ("bias", "kernel", "scalar")
Parameters = dict[str, Any]
ByCount = Callable[[int], Any]


class Properties(NamedTuple):
    """What a method does to k models."""

    # Parameters at which copies of a model give that model; they may depend on k.
    copies: Parameters | ByCount | str
    # Parameters, and how far towards a model the merge moves if all others are as pretrained.
    beside: tuple[Parameters, float | ByCount] | str
    # Why updates of twice the size do not give a merged update of twice the size.
    not_twice: str = ""


def one_part(k: int) -> float:
    return 1 / k


def shared_scale(k: int) -> Parameters:
    """Of methods that add updates up."""
    return {"scale": 1 / k}


PROPERTIES = {
    "weight_average": Properties({}, ({}, one_part)),
    "task_arithmetic": Properties(shared_scale, ({"scale": 0.3}, 0.3)),
    "ties": Properties(
        {"keep": 1.0, "scale": 1.0}, ({"keep": 1.0, "scale": 1.0}, 1.0)
    ),
    "dare": Properties({"drop": 0.0}, ({"drop": 0.0}, one_part)),
    "della": Properties({"drop": 0.0, "spread": 0.0}, ({"drop": 0.0, "spread": 0.0}, 1.0)),
    "breadcrumbs": Properties(
        lambda k: {"lower": 0.0, "upper": 1.0, "scale": 1 / k},
        ({"lower": 0.0, "upper": 1.0, "scale": 1.0}, 1.0),
    ),
    "consensus": Properties(
        lambda k: {"mask_threshold": 0.1, "scale": 1 / k}, ({}, 1.0)
    ),
    "magmax": Properties({"scale": 1.0}, ({}, 0.5)),
    "emr": Properties({}, ({}, 1.0)),
    "knots": Properties({"keep": 1.0}, ({"keep": 1.0}, 1.0)),
    "model_stock": Properties({}, ({}, 0.0)),  # updates without a common direction
    "fisher": Properties({}, ({}, one_part)),  # where all models know as much
    "regmean": Properties({}, ({}, one_part)),  # where all layers see the same
    "regmean_plus_plus": Properties(
        {},
        ({}, one_part),  # where all layers see the same
        not_twice="what enters a layer follows from the merged layers before it",
    ),
    "adamerging": Properties(
        lambda k: {"rate": 0.0, "start": 1 / k},
        ({"rate": 0.0, "start": 0.3}, 0.3),
        not_twice="coefficients follow from what merged models predict",
    ),
    "slerp": Properties(
        {},
        ({"position": 1.0}, 1.0),  # from "none" to "task0"
        not_twice="it follows a circle around zero, not a line from the pretrained weights",
    ),
    "karcher": Properties(
        {},
        ({"of": "updates"}, one_part),
        not_twice="it follows a sphere around zero, not a line from the pretrained weights",
    ),
    "sce": Properties({}, ({"keep": 1.0}, 1.0)),
    "wudi": Properties({}, "it takes the matrices of the model whole, and the mean of the rest"),
    "pcb": Properties(
        "the worst of the entries that are kept has weight 0",
        "the worst of the entries that are kept has weight 0",
        not_twice="scores hold tanh of the squared updates",
    ),
    "tsv": Properties(
        "it keeps 1/k of the rank",
        "it keeps 1/k of the rank",
    ),
    "iso_c": Properties("it flattens spectra", "it flattens spectra"),
    "iso_cts": Properties(
        "it flattens spectra",
        "it flattens spectra, and keeps fewer common directions with every model",
    ),
}  # fmt: skip


def with_counts(methods, *wanted):
    """Methods with every wanted number of models that they take."""
    return [
        pytest.param(method, n, id=f"{method}-{n}")
        for method in methods
        for n in sorted({MERGERS.constant(method, "MODELS") or n for n in wanted})
    ]


def for_count(wanted, k):
    """What depends on the number of models, for k of them."""
    return wanted(k) if callable(wanted) else wanted


def that_have(wanted):
    return [method for method in PROPERTIES if not isinstance(wanted(PROPERTIES[method]), str)]


def equal_statistics(method, checkpoints):
    """The same for every model; None for a method that needs none."""
    kind = merger_statistics(method)
    if kind is None:
        return None
    return dict.fromkeys(checkpoints, random_statistics(kind, ["any"])["any"])


def beside_pretrained(k):
    """Pretrained weights, and a model beside k - 1 that are as pretrained."""
    pretrained, checkpoints = models(1)
    return pretrained, checkpoints | {f"none{i}": pretrained for i in range(k - 1)}


def test_the_table_names_every_method():
    assert PROPERTIES.keys() == set(MERGERS.names())


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("method", "k"), with_counts(PROPERTIES, 1, 2, 3, 8))
def test_shapes_types_devices_and_finiteness(method, k, dtype, device):
    pretrained, checkpoints = models(k, dtype=dtype)
    pretrained = {name: weight.to(device) for name, weight in pretrained.items()}
    checkpoints = {
        task: {name: weight.to(device) for name, weight in weights.items()}
        for task, weights in checkpoints.items()
    }
    merged = merge(method, pretrained, checkpoints)
    assert merged.keys() == pretrained.keys()
    for name, weight in pretrained.items():
        assert merged[name].shape == weight.shape
        assert merged[name].dtype == dtype
        assert merged[name].device == weight.device
        assert torch.isfinite(merged[name]).all()


@pytest.mark.parametrize(("method", "k"), with_counts(PROPERTIES, 2, 3, 8))
def test_the_same_models_in_another_order_give_the_same_bits(method, k):
    pretrained, checkpoints = models(k)
    backwards = dict(reversed(checkpoints.items()))
    assert_equal(
        merge(method, pretrained, checkpoints), merge(method, pretrained, backwards), rtol=0, atol=0
    )


NO_CHANCE = {"dare": {"drop": 0.0}, "della": {"drop": 0.0, "spread": 0.0}}


@pytest.mark.parametrize(("method", "k"), with_counts(PROPERTIES, 2, 3, 8))
def test_models_under_each_others_names_are_merged_alike(method, k):
    """But for masks that are drawn by the name of the task, so nothing is dropped here."""
    pretrained, checkpoints = models(k)
    names = dict(zip(checkpoints, reversed(checkpoints), strict=True))
    kind = merger_statistics(method)
    statistics = random_statistics(kind, checkpoints) if kind else {}
    under_other_names = {names[task]: known for task, known in statistics.items()}
    parameters = NO_CHANCE.get(method, {})
    assert_equal(
        merge(method, pretrained, checkpoints, statistics=statistics, **parameters),
        merge(
            method,
            pretrained,
            {names[task]: weights for task, weights in checkpoints.items()},
            statistics=under_other_names,
            **parameters,
        ),
        rtol=1e-4,
        atol=1e-5,
    )


@pytest.mark.parametrize("method", PROPERTIES)
def test_inputs_are_left_alone(method):
    pretrained, checkpoints = models(2)
    before = {k: v.clone() for k, v in checkpoints["task0"].items()}
    merge(method, pretrained, checkpoints)
    assert_equal(before, checkpoints["task0"], rtol=0, atol=0)
    assert_equal(pretrained, random_weights(0), rtol=0, atol=0)


@pytest.mark.parametrize(("method", "k"), with_counts(PROPERTIES, 2, 3, 8))
def test_nothing_to_merge_gives_the_pretrained_weights(method, k):
    pretrained, _ = models(1)
    merged = merge(method, pretrained, {f"task{i}": pretrained for i in range(k)})
    assert_equal(merged, pretrained)


@pytest.mark.parametrize(("method", "k"), with_counts(that_have(lambda p: p.copies), 1, 2, 3, 8))
def test_copies_of_a_model_give_that_model(method, k):
    pretrained, checkpoints = copies(k)
    merged = merge(method, pretrained, checkpoints, **for_count(PROPERTIES[method].copies, k))
    assert_equal(merged, checkpoints["copy0"], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("method", "k"), with_counts(that_have(lambda p: p.beside), 2, 3, 8))
def test_beside_pretrained_models_the_merge_moves_towards_the_model(method, k):
    parameters, factor = PROPERTIES[method].beside
    pretrained, checkpoints = beside_pretrained(k)
    statistics = equal_statistics(method, checkpoints)
    merged = merge(method, pretrained, checkpoints, statistics=statistics, **parameters)
    expected = moved_by(pretrained, checkpoints["task0"], for_count(factor, k))
    assert_equal(merged, expected, rtol=1e-4, atol=1e-5)


WITH_SCALE = [method for method in PROPERTIES if "scale" in MERGERS.parameters(method)]


@pytest.mark.parametrize("method", PROPERTIES)
def test_methods_with_a_scale_say_that_it_is_one(method):
    assert MERGERS.constant(method, "LINEAR") == ("scale" if method in WITH_SCALE else None)


@pytest.mark.parametrize(("method", "k"), with_counts(WITH_SCALE, 2, 3, 8))
def test_scale_stretches_the_merged_update(method, k):
    pretrained, checkpoints = models(k)
    once, twice = (merge(method, pretrained, checkpoints, scale=s) for s in (0.4, 0.8))
    assert_equal(twice, moved_by(pretrained, once, 2.0), rtol=1e-4, atol=1e-6)


TWICE = [method for method, properties in PROPERTIES.items() if not properties.not_twice]


@pytest.mark.parametrize(("method", "k"), with_counts(TWICE, 2, 3, 8))
def test_updates_of_twice_the_size_give_a_merged_update_of_twice_the_size(method, k):
    pretrained, checkpoints = models(k, dtype=torch.float64)
    larger = {task: moved_by(pretrained, weights, 2.0) for task, weights in checkpoints.items()}
    once, twice = (merge(method, pretrained, given) for given in (checkpoints, larger))
    assert_equal(twice, moved_by(pretrained, once, 2.0), rtol=1e-4, atol=1e-6)


# What holds where the table says why a property does not.


@pytest.mark.parametrize("k", [2, 3, 8])
@pytest.mark.parametrize("given", [copies, beside_pretrained])
def test_pcb_takes_entries_of_the_only_model_whole_or_leaves_them(given, k):
    pretrained, checkpoints = given(k)
    model = next(iter(checkpoints.values()))
    merged = merge("pcb", pretrained, checkpoints, keep=0.5)
    for name, weight in pretrained.items():
        stays = torch.isclose(merged[name], weight, rtol=0, atol=1e-6)
        assert (stays | torch.isclose(merged[name], model[name], rtol=1e-4, atol=1e-5)).all()
    assert any(not torch.equal(merged[name], pretrained[name]) for name in merged)


@pytest.mark.parametrize("k", [2, 3])
def test_tsv_of_copies_has_the_leading_part_of_the_update(k):
    pretrained, checkpoints = copies(k)
    merged = merge("tsv", pretrained, checkpoints)
    for name in MATRICES:
        update = checkpoints["copy0"][name] - pretrained[name]
        left, spectrum, right = torch.linalg.svd(update, full_matrices=False)
        kept = len(spectrum) // k
        seen = left[:, :kept].T @ (merged[name] - pretrained[name]) @ right[:kept].T
        torch.testing.assert_close(seen, torch.diag(spectrum[:kept]), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("k", [2, 3])
def test_tsv_beside_pretrained_models_keeps_the_leading_singular_values(k):
    pretrained, checkpoints = beside_pretrained(k)
    merged = merge("tsv", pretrained, checkpoints)
    for name in MATRICES:
        spectrum = torch.linalg.svdvals(checkpoints["task0"][name] - pretrained[name])
        kept = len(spectrum) // k
        found = torch.linalg.svdvals(merged[name] - pretrained[name])
        torch.testing.assert_close(found[:kept], spectrum[:kept], rtol=1e-3, atol=1e-4)
        assert (found[kept:] < 1e-4).all()


@pytest.mark.parametrize("k", [2, 3, 8])
@pytest.mark.parametrize("method", ["iso_c", "iso_cts"])
def test_pretrained_models_do_not_blur_what_isotropic_merges_have_in_common(method, k):
    parameters = {"common": 1.0} if method == "iso_cts" else {}
    pretrained, checkpoints = beside_pretrained(k)
    alone = merge(method, pretrained, {"task0": checkpoints["task0"]}, **parameters)
    beside = merge(method, pretrained, checkpoints, **parameters)
    assert_equal(
        {n: beside[n] for n in MATRICES}, {n: alone[n] for n in MATRICES}, rtol=1e-4, atol=1e-5
    )
    part = moved_by(pretrained, checkpoints["task0"], 1 / k)
    assert_equal({n: beside[n] for n in OTHERS}, {n: part[n] for n in OTHERS})


@pytest.mark.parametrize("k", [2, 3, 8])
def test_wudi_beside_pretrained_models_takes_matrices_whole(k):
    pretrained, checkpoints = beside_pretrained(k)
    merged = merge("wudi", pretrained, checkpoints)
    part = moved_by(pretrained, checkpoints["task0"], 1 / k)
    assert_equal(
        merged,
        {n: checkpoints["task0"][n] if n in MATRICES else part[n] for n in merged},
        rtol=1e-4,
        atol=1e-5,
    )
