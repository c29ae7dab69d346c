"""What defines the mergers that look at singular values and vectors."""

import pytest
import torch
from merging import assert_equal, copies, merge, models

pytestmark = pytest.mark.usefixtures("one_thread")

MATRICES = ("matrix", "wide")
OTHERS = ("bias", "kernel", "scalar")


def update_of(merged, pretrained, name):
    return (merged[name] - pretrained[name]).double()


@pytest.mark.parametrize("method", ["iso_c", "iso_cts"])
@pytest.mark.parametrize("count", [1, 2, 3, 8])
def test_isotropic_merges_have_one_singular_value(method, count):
    pretrained, checkpoints = models(count)
    merged = merge(method, pretrained, checkpoints)
    for name in MATRICES:
        values = torch.linalg.svdvals(update_of(merged, pretrained, name))
        torch.testing.assert_close(values, values.mean().expand_as(values), rtol=1e-4, atol=1e-6)


def test_iso_c_keeps_the_nuclear_norm_and_the_directions_of_the_sum():
    pretrained, checkpoints = models(3)
    merged = merge("iso_c", pretrained, checkpoints)
    summed = merge("task_arithmetic", pretrained, checkpoints, scale=1.0)
    for name in MATRICES:
        flat, total = (update_of(m, pretrained, name) for m in (merged, summed))
        norms = [torch.linalg.svdvals(matrix).sum().item() for matrix in (flat, total)]
        assert norms[0] == pytest.approx(norms[1], rel=1e-4)
        left, _, right = torch.linalg.svd(total, full_matrices=False)
        turned = left.T @ flat @ right.T  # diagonal where both have the same singular vectors
        torch.testing.assert_close(turned, torch.diag(turned.diagonal()), rtol=0, atol=1e-5)


@pytest.mark.parametrize("method", ["iso_c", "iso_cts"])
def test_copies_merged_isotropically_are_one_model_merged_so(method):
    """n copies add up to n times the update. Iso-CTS finds nothing outside of it, so keep all."""
    parameters = {"common": 1.0} if method == "iso_cts" else {}
    pretrained, checkpoints = copies(3)
    alone = merge(method, pretrained, {"copy0": checkpoints["copy0"]}, **parameters)
    merged = merge(method, pretrained, checkpoints, **parameters)
    for name in MATRICES:
        torch.testing.assert_close(
            update_of(merged, pretrained, name), 3 * update_of(alone, pretrained, name),
            rtol=1e-4, atol=1e-5,
        )  # fmt: skip


def test_iso_cts_with_everything_common_is_iso_c():
    pretrained, checkpoints = models(2)
    assert_equal(
        merge("iso_cts", pretrained, checkpoints, common=1.0),
        merge("iso_c", pretrained, checkpoints),
        rtol=1e-4,
        atol=1e-5,
    )


@pytest.mark.parametrize("rank", [1, 2])
def test_iso_cts_spans_directions_of_every_task_outside_of_the_common_ones(rank):
    """Of a rank of 4, two directions are common and each task may add one, where it has one."""
    generator = torch.Generator().manual_seed(3)
    updates = [
        torch.randn(6, rank, generator=generator) @ torch.randn(rank, 4, generator=generator)
        for _ in range(2)
    ]
    zeros = {"w": torch.zeros(6, 4)}
    checkpoints = {f"task{i}": {"w": matrix} for i, matrix in enumerate(updates)}
    merged = merge("iso_cts", zeros, checkpoints, common=0.5)["w"].double()
    values = torch.linalg.svdvals(merged)
    assert values[2 * rank - 1] > 0.99 * values[0]
    assert (values[2 * rank :] < 1e-6).all()


@pytest.mark.parametrize("method", ["tsv", "iso_c", "iso_cts"])
def test_tensors_that_are_not_matrices_are_averaged(method):
    pretrained, checkpoints = models(3)
    merged = merge(method, pretrained, checkpoints)
    average = merge("weight_average", pretrained, checkpoints)
    assert_equal({n: merged[n] for n in OTHERS}, {n: average[n] for n in OTHERS})


def test_knots_that_keeps_all_of_one_model_is_that_model():
    pretrained, checkpoints = models(1)
    merged = merge("knots", pretrained, checkpoints, keep=1.0)
    assert_equal(merged, checkpoints["task0"], rtol=1e-4, atol=1e-5)


def test_knots_averages_what_agrees_in_the_shared_basis():
    """In a basis that both models share already, it is TIES on the coordinates, row by row."""
    pretrained = {"w": torch.zeros(2, 3)}
    first = torch.tensor([[8.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    second = torch.tensor([[4.0, 0.0, 0.0], [0.0, -0.5, 0.0]])
    merged = merge("knots", pretrained, {"a": {"w": first}, "b": {"w": second}}, keep=1.0)["w"]
    expected = torch.tensor([[6.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    torch.testing.assert_close(merged, expected, rtol=1e-5, atol=1e-5)


def test_knots_does_not_count_directions_that_no_model_has():
    """Of a rank-one update all is kept where half of its one row of coordinates is asked for."""
    row = torch.tensor([4.0, 3.0, 2.0, 1.0])
    update = torch.outer(torch.tensor([1.0, 1.0, 0.0, 0.0]), row)
    zeros = {"w": torch.zeros(4, 4)}
    merged = merge("knots", zeros, {"a": {"w": update}}, keep=0.5)["w"]
    expected = torch.outer(torch.tensor([1.0, 1.0, 0.0, 0.0]), torch.tensor([4.0, 3.0, 0.0, 0.0]))
    torch.testing.assert_close(merged, expected, rtol=1e-5, atol=1e-5)


def test_knots_treats_other_tensors_as_ties_does():
    pretrained, checkpoints = models(3)
    merged = merge("knots", pretrained, checkpoints, keep=0.4)
    ties = merge("ties", pretrained, checkpoints, keep=0.4, scale=1.0)
    assert_equal({n: merged[n] for n in OTHERS}, {n: ties[n] for n in OTHERS})


# What rounding leaves must not count.

METHODS = ["tsv", "iso_c", "iso_cts", "knots"]
BACKBONE_LIKE = {"square": (40, 40), "wide": (24, 60), "tall": (60, 24)}


def low_rank_models(ranks, weights=0.05, update=0.02):
    """Pretrained weights of a given size, and a checkpoint per rank around them."""
    generator = torch.Generator().manual_seed(7)
    pretrained = {
        n: weights * torch.randn(shape, generator=generator) for n, shape in BACKBONE_LIKE.items()
    }
    checkpoints = {}
    for i, rank in enumerate(ranks):
        sides = {
            name: [torch.randn(side, rank, generator=generator) for side in shape]
            for name, shape in BACKBONE_LIKE.items()
        }
        checkpoints[f"task{i}"] = {
            n: pretrained[n] + update * left @ right.T for n, (left, right) in sides.items()
        }
    return pretrained, checkpoints


def moved_apart(first, second, pretrained):
    """The difference of two merges, relative to the merged update."""
    return max(
        float((first[n] - second[n]).norm() / (second[n] - pretrained[n]).norm()) for n in first
    )


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("ranks", [(4, 4), (1, 6), (3, 3, 3), (5,)])
@pytest.mark.parametrize("weights", [0.0, 0.05])
def test_merges_of_low_rank_hardly_move_with_their_inputs(method, ranks, weights):
    pretrained, checkpoints = low_rank_models(ranks, weights)
    generator = torch.Generator().manual_seed(8)
    nearby = {
        task: {n: w + 1e-8 * torch.randn(w.shape, generator=generator) for n, w in model.items()}
        for task, model in checkpoints.items()
    }
    # Every part is kept: what TIES trims may change by a whole entry where two are about equal.
    parameters = {"keep": 1.0} if method == "knots" else {}
    merges = [merge(method, pretrained, given, **parameters) for given in (nearby, checkpoints)]
    assert moved_apart(*merges, pretrained) < 1e-5


@pytest.mark.parametrize("method", ["tsv", "knots"])
@pytest.mark.parametrize("others", [0, 1, 3])
def test_a_lone_update_of_low_rank_passes_unchanged(method, others):
    """Others are as pretrained, for TSV but for rounding: they have no singular vectors."""
    pretrained, checkpoints = low_rank_models([4])
    rounded = {n: w / 3 * 3 if method == "tsv" else w for n, w in pretrained.items()}
    others = {f"none{i}": [rounded, pretrained][i % 2] for i in range(others)}
    parameters = {"keep": 1.0} if method == "knots" else {}
    merged = merge(method, pretrained, checkpoints | others, **parameters)
    assert moved_apart(merged, checkpoints["task0"], pretrained) < 1e-5


@pytest.mark.parametrize("method", ["iso_c", "iso_cts"])
@pytest.mark.parametrize("others", [0, 1, 3])
def test_a_lone_update_of_one_direction_passes_isotropic_merges_unchanged(method, others):
    pretrained, checkpoints = low_rank_models([1])
    others = {f"none{i}": pretrained for i in range(others)}
    merged = merge(method, pretrained, checkpoints | others)
    assert moved_apart(merged, checkpoints["task0"], pretrained) < 1e-5


@pytest.mark.parametrize("method", METHODS)
def test_updates_that_are_zero_or_cancel_give_numbers(method):
    pretrained, checkpoints = low_rank_models([3])
    opposite = {n: 2 * w - checkpoints["task0"][n] for n, w in pretrained.items()}
    for given in ({"a": pretrained, "b": pretrained}, checkpoints | {"opposite": opposite}):
        merged = merge(method, pretrained, given)
        assert all(torch.isfinite(weight).all() for weight in merged.values())


@pytest.mark.parametrize("method", METHODS)
def test_the_number_of_threads_changes_no_bit(method):
    shapes = {"square": (160, 160), "wide": (130, 300)}
    generator = torch.Generator().manual_seed(0)
    draw = [
        {n: torch.randn(shape, generator=generator) for n, shape in shapes.items()}
        for _ in range(3)
    ]
    pretrained, checkpoints = draw[0], {"a": draw[1], "b": draw[2]}
    merges = []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        merges.append(merge(method, pretrained, checkpoints))
        assert torch.get_num_threads() == threads
    torch.set_num_threads(1)
    assert_equal(*merges, rtol=0, atol=0)
