"""Mergers that look at statistics of the checkpoints beside their weights."""

import pytest
import torch
from merging import SHAPES, assert_equal, merge, models, random_statistics

pytestmark = pytest.mark.usefixtures("one_thread")


def fishers(*values):
    """The same number for every entry of a task's Fisher information."""
    return {
        f"task{i}": {name: torch.full(shape, float(value)) for name, shape in SHAPES.items()}
        for i, value in enumerate(values)
    }


@pytest.mark.parametrize("normalize", ["model", "none"])
def test_fisher_merging_with_equal_information_is_the_weight_average(normalize):
    pretrained, checkpoints = models(3)
    merged = merge(
        "fisher", pretrained, checkpoints, statistics=fishers(2, 2, 2), normalize=normalize
    )
    assert_equal(merged, merge("weight_average", pretrained, checkpoints))


def test_fisher_merging_weighs_by_information():
    pretrained, checkpoints = models(2)
    merged = merge("fisher", pretrained, checkpoints, statistics=fishers(3, 1), normalize="none")
    for name in SHAPES:
        expected = 0.75 * checkpoints["task0"][name] + 0.25 * checkpoints["task1"][name]
        torch.testing.assert_close(merged[name], expected)


def test_fisher_merging_gives_a_confident_model_its_say():
    """Normalised over the model, the size of the information does not matter, only its place."""
    pretrained, checkpoints = models(2)
    statistics = random_statistics("fisher", checkpoints)
    smaller = {**statistics, "task1": {n: 1e-9 * f for n, f in statistics["task1"].items()}}
    assert_equal(
        merge("fisher", pretrained, checkpoints, statistics=statistics),
        merge("fisher", pretrained, checkpoints, statistics=smaller),
        rtol=1e-4,
        atol=1e-6,
    )


def test_fisher_merging_where_nothing_is_known_is_the_weight_average():
    pretrained, checkpoints = models(2)
    merged = merge("fisher", pretrained, checkpoints, statistics=fishers(0, 0))
    assert_equal(merged, merge("weight_average", pretrained, checkpoints))
    one_sided = merge("fisher", pretrained, checkpoints, statistics=fishers(0, 1))
    assert_equal(one_sided, checkpoints["task1"])


def test_regmean_of_equal_inputs_is_the_weight_average():
    pretrained, checkpoints = models(3)
    same = random_statistics("gram", ["task0"])["task0"]
    statistics = dict.fromkeys(checkpoints, same)
    for off_diagonal in (0.0, 0.9, 1.0):
        merged = merge(
            "regmean", pretrained, checkpoints, statistics=statistics, off_diagonal=off_diagonal
        )
        assert_equal(merged, merge("weight_average", pretrained, checkpoints), rtol=1e-4, atol=1e-5)


def test_regmean_is_the_least_squares_solution():
    """Of X_i W = X_i W_i, stacked over models; `proj` has its inputs in the first dimension."""
    generator = torch.Generator().manual_seed(0)
    shapes = {"layer": (5, 4), "proj": (4, 3)}
    pretrained = {n: torch.randn(s, generator=generator) for n, s in shapes.items()}
    checkpoints = {
        task: {
            n: w + 0.1 * torch.randn(w.shape, generator=generator) for n, w in pretrained.items()
        }
        for task in ("a", "b")
    }
    inputs = {task: torch.randn(30, 4, generator=generator) for task in checkpoints}
    statistics = {task: dict.fromkeys(shapes, x.T @ x) for task, x in inputs.items()}
    merged = merge("regmean", pretrained, checkpoints, statistics=statistics, off_diagonal=1.0)
    stacked = torch.cat(list(inputs.values()))
    layer = torch.cat([inputs[t] @ checkpoints[t]["layer"].T for t in checkpoints])
    proj = torch.cat([inputs[t] @ checkpoints[t]["proj"] for t in checkpoints])
    torch.testing.assert_close(merged["layer"].T, torch.linalg.lstsq(stacked, layer).solution)
    torch.testing.assert_close(merged["proj"], torch.linalg.lstsq(stacked, proj).solution)


def test_regmean_listens_to_the_model_that_uses_an_input():
    """Inputs that no model has stay at the mean."""
    pretrained = {"w": torch.zeros(2, 3)}
    checkpoints = {"a": {"w": torch.ones(2, 3)}, "b": {"w": torch.full((2, 3), 3.0)}}
    statistics = {
        "a": {"w": torch.diag(torch.tensor([1.0, 0.0, 0.0]))},
        "b": {"w": torch.diag(torch.tensor([0.0, 1.0, 0.0]))},
    }
    merged = merge("regmean", pretrained, checkpoints, statistics=statistics)["w"]
    torch.testing.assert_close(merged, torch.tensor([[1.0, 3.0, 2.0]]).expand(2, 3))


def test_regmean_from_too_few_samples_says_what_to_do():
    pretrained = {"w": torch.zeros(2, 3)}
    checkpoints = {"a": {"w": torch.ones(2, 3)}, "b": {"w": torch.zeros(2, 3)}}
    x = torch.tensor([[1.0, 1.0, 1.0]])
    statistics = {task: {"w": x.T @ x} for task in checkpoints}
    with pytest.raises(ValueError, match=r"of 'w' are singular; lower off_diagonal, or .* samples"):
        merge("regmean", pretrained, checkpoints, statistics=statistics, off_diagonal=1.0)
    merge("regmean", pretrained, checkpoints, statistics=statistics, off_diagonal=0.9)


@pytest.mark.parametrize(("method", "kind"), [("fisher", "fisher"), ("regmean", "gram")])
def test_missing_statistics_are_named(method, kind):
    pretrained, checkpoints = models(2)
    statistics = random_statistics(kind, ["task0"])
    with pytest.raises(ValueError, match=rf"statistics of kind '{kind}'; missing for \['task1'\]"):
        merge(method, pretrained, checkpoints, statistics=statistics)
    with pytest.raises(ValueError, match=r"missing for \['task0', 'task1'\]"):
        merge(method, pretrained, checkpoints, statistics={})


@pytest.mark.parametrize(("method", "kind"), [("fisher", "fisher"), ("regmean", "gram")])
def test_statistics_of_another_model_are_named(method, kind):
    pretrained, checkpoints = models(2)
    statistics = random_statistics(kind, checkpoints)
    statistics["task1"]["matrix"] = torch.ones(7, 7)
    with pytest.raises(ValueError, match=r"task 'task1'"):
        merge(method, pretrained, checkpoints, statistics=statistics)
    del statistics["task1"]["matrix"]
    with pytest.raises(ValueError, match=r"task 'task1'"):
        merge(method, pretrained, checkpoints, statistics=statistics)
