"""Mergers that mergekit's users know: karcher, sce, wudi, and sign election on and off."""

import numpy as np
import pytest
import torch
from merging import SHAPES, assert_equal, merge, models, moved_by

pytestmark = pytest.mark.usefixtures("one_thread")


def updates(*columns, dtype=torch.float32):
    """Models whose only tensor moved from zero by these entries."""
    pretrained = {"w": torch.zeros(len(columns[0]), dtype=dtype)}
    given = {f"task{i}": {"w": torch.tensor(c, dtype=dtype)} for i, c in enumerate(columns)}
    return pretrained, given


def test_the_karcher_mean_of_two_has_the_direction_of_the_middle_of_slerp():
    pretrained, checkpoints = models(2, dtype=torch.float64)
    units = {t: {n: x / x.norm() for n, x in w.items()} for t, w in checkpoints.items()}
    middle = merge("slerp", pretrained, units, position=0.5)
    assert_equal(merge("karcher", pretrained, units), middle, rtol=1e-7, atol=1e-9)
    mean = merge("karcher", pretrained, checkpoints)
    lengths = {n: sum(w[n].norm() for w in checkpoints.values()) / 2 for n in SHAPES}
    expected = {n: lengths[n] * middle[n] / middle[n].norm() for n in SHAPES}
    assert_equal(mean, expected, rtol=1e-7, atol=1e-9)


def test_the_karcher_mean_has_the_least_squared_angles():
    pretrained, checkpoints = models(5, spread=1.0, dtype=torch.float64)
    pretrained = {name: torch.zeros_like(weight) for name, weight in pretrained.items()}
    mean = merge("karcher", pretrained, checkpoints, of="updates")["matrix"].flatten()
    units = torch.stack([w["matrix"].flatten() / w["matrix"].norm() for w in checkpoints.values()])

    def loss(point):
        return torch.acos((units @ (point / point.norm())).clamp(-1, 1)).square().sum()

    generator = torch.Generator().manual_seed(0)
    for _ in range(20):
        aside = 1e-3 * torch.randn(mean.shape, generator=generator, dtype=torch.float64)
        assert loss(mean) < loss(mean + aside)


def test_one_step_of_karcher_is_a_mean_in_the_tangent_space():
    pretrained, checkpoints = updates([1.0, 0, 0], [0, 1.0, 0], [0, 0, 1.0], dtype=torch.float64)
    merged = merge("karcher", pretrained, checkpoints, of="updates", steps=1)
    torch.testing.assert_close(merged["w"], torch.full((3,), 3**-0.5, dtype=torch.float64))


def test_directions_that_cancel_out_leave_the_plain_mean():
    pretrained, checkpoints = updates([1.0, 0], [-3.0, 0])
    merged = merge("karcher", pretrained, checkpoints, of="updates")
    torch.testing.assert_close(merged["w"], torch.tensor([-1.0, 0]))


def test_sce_selects_calculates_and_erases():
    pretrained, checkpoints = updates([3.0, 1.0, 0.1, 0.1], [1.0, -2.0, 0.1, 0.1])
    # Entries 0 and 1 vary most; squares 10 and 5 there. The sign of entry 1 is negative.
    merged = merge("sce", pretrained, checkpoints, keep=0.5)
    expected = torch.tensor([(3 * 10 + 1 * 5) / 15, -2.0, 0, 0])
    torch.testing.assert_close(merged["w"], expected)


def test_sce_does_not_depend_on_the_size_of_all_updates():
    pretrained, checkpoints = models(3, spread=1e-1, dtype=torch.float64)
    small = {task: moved_by(pretrained, w, 1e-4) for task, w in checkpoints.items()}
    large, little = (merge("sce", pretrained, given) for given in (checkpoints, small))
    assert_equal(little, moved_by(pretrained, large, 1e-4), rtol=1e-6, atol=1e-10)


def test_wudi_is_where_the_gradient_of_its_loss_vanishes():
    pretrained, checkpoints = models(3, dtype=torch.float64)
    taus = torch.stack([w["matrix"] - pretrained["matrix"] for w in checkpoints.values()])
    merged = merge("wudi", pretrained, checkpoints)["matrix"] - pretrained["matrix"]
    merged.requires_grad_(True)
    sizes = taus.square().sum(dim=(1, 2))
    loss = (((merged - taus) @ taus.mT).square().sum(dim=(1, 2)) / sizes).sum()
    loss.backward()
    assert merged.grad.abs().max() < 1e-12 < loss


def test_wudi_overshoots_where_inputs_are_nearly_the_same():
    """Each update of one row is met along itself, T tau = |tau|^2; here that takes -20 across."""
    pretrained = {"w": torch.zeros(1, 2, dtype=torch.float64)}
    updates = {"a": [1.0, 0.0], "b": [-1.0, -0.1]}
    taus = {task: torch.tensor([tau], dtype=torch.float64) for task, tau in updates.items()}
    merged = merge("wudi", pretrained, {task: {"w": tau} for task, tau in taus.items()})["w"]
    for tau in taus.values():
        torch.testing.assert_close(merged @ tau.mT, tau @ tau.mT)
    assert merged.norm() > 200 * sum(taus.values()).norm()


def test_wudi_of_low_rank_updates_is_stable_and_stays_in_their_inputs():
    rng = np.random.default_rng(0)
    pretrained = {"w": torch.tensor(rng.normal(size=(24, 32)), dtype=torch.float32)}
    taus = [rng.normal(size=(24, 2)) @ rng.normal(size=(2, 32)) * 1e-2 for _ in range(2)]

    def moved(update):
        return (pretrained["w"].double() + torch.tensor(update)).float()

    def merged(jitter):
        models = {f"task{i}": {"w": moved(tau + jitter * noise)} for i, tau in enumerate(taus)}
        return merge("wudi", pretrained, models)["w"] - pretrained["w"]

    noise = rng.normal(size=(24, 32))
    once, again = merged(0.0), merged(1e-8)
    assert (again - once).norm() < 1e-3 * once.norm()
    assert np.linalg.matrix_rank(once.numpy(), tol=1e-4) <= 4


@pytest.mark.parametrize(
    ("method", "keeps_all"),
    [
        ("dare", {"drop": 0.0}),
        ("della", {"drop": 0.0, "spread": 0.0}),
        ("breadcrumbs", {"lower": 0.0, "upper": 1.0, "scale": 1.0}),
    ],
)
def test_sign_election_is_that_of_ties(method, keeps_all):
    pretrained, checkpoints = models(3)
    elected = merge(method, pretrained, checkpoints, elect=True, **keeps_all)
    assert_equal(elected, merge("ties", pretrained, checkpoints, keep=1.0, scale=1.0))
    plain = merge(method, pretrained, checkpoints, elect=False, **keeps_all)
    factor = 3.0 if method == "breadcrumbs" else 1.0
    averaged = merge("task_arithmetic", pretrained, checkpoints, scale=factor / 3)
    assert_equal(plain, averaged, rtol=1e-5, atol=1e-6)
