"""What defines the mergers that look at entries one by one, in numbers small enough to follow."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from merging import assert_equal, copies, merge, models, moved_by

from mergeability.mergers import breadcrumbs, della, merge_checkpoints, pcb

pytestmark = pytest.mark.usefixtures("one_thread")


def merge_vectors(method, *updates, **parameters):
    """The merged update of single vectors, on pretrained weights of zero."""
    checkpoints = {f"task{i}": {"w": torch.tensor(u)} for i, u in enumerate(updates)}
    pretrained = {"w": torch.zeros(len(updates[0]))}
    return merge(method, pretrained, checkpoints, **parameters)["w"].tolist()


def test_consensus_keeps_the_sum_of_entries_that_enough_tasks_need():
    first, second = [1.0, 1.0, 1.0, -1.0], [1.0, 0.1, -2.0, 0.0]
    once, twice = (merge_vectors("consensus", first, second, consensus=k) for k in (1, 2))
    assert once == pytest.approx([2.0, 1.1, -1.0, -1.0])
    assert twice == pytest.approx([2.0, 0.0, -1.0, 0.0])  # 0.1 < 0.4 * 1, and 1 >= 0.4 * 2


def test_consensus_of_nobody_is_task_arithmetic():
    pretrained, checkpoints = models(3)
    assert_equal(
        merge("consensus", pretrained, checkpoints, consensus=0, scale=0.3),
        merge("task_arithmetic", pretrained, checkpoints, scale=0.3),
    )


def test_consensus_of_more_tasks_than_there_are_is_refused():
    with pytest.raises(ValueError, match=r"2 models cannot give 3 votes; lower consensus"):
        merge("consensus", *models(2), consensus=3)


def test_magmax_takes_the_larger_of_two_and_of_opposites_the_positive():
    merged = merge_vectors("magmax", [3.0, -1.0, 2.0, -2.0], [-4.0, 0.5, -2.0, 2.0], scale=1.0)
    assert merged == [-4.0, -1.0, 2.0, 2.0]


def test_emr_elects_a_sign_and_takes_the_largest_that_has_it():
    merged = merge_vectors("emr", [3.0, -1.0, 1.0], [-1.0, -2.0, -1.0], [-1.5, 5.0, 0.0])
    assert merged == [3.0, 5.0, 0.0]


def test_breadcrumbs_hides_the_smallest_and_the_largest():
    update = [float(i) * (-1) ** i for i in range(1, 11)]
    merged = merge_vectors("breadcrumbs", update, lower=0.5, upper=0.8, scale=1.0)
    assert merged == [0, 0, 0, 0, 0, 6, -7, 8, 0, 0]


@given(lower=st.floats(0, 0.6), share=st.floats(0.01, 0.4), size=st.integers(1, 300))
def test_breadcrumbs_keeps_the_share_between_and_one_entry_at_least(lower, share, size):
    update = {"w": torch.randn(size, generator=torch.Generator().manual_seed(size))}
    zeros = {"w": torch.zeros(size)}
    merged = breadcrumbs.merge(zeros, {"a": update}, lower=lower, upper=lower + share, scale=1.0)
    kept = int((merged["w"] != 0).sum())
    assert kept == max(1, int((lower + share) * size) - int(lower * size))


def test_breadcrumbs_without_anything_between_is_refused():
    with pytest.raises(ValueError, match=r"lower = 0\.9 must be less than upper = 0\.5"):
        breadcrumbs.merge({}, {}, lower=0.9, upper=0.5)


def test_della_drops_small_entries_more_often_and_every_row_alike():
    update = torch.tensor([[1.0, -4.0, 2.0, 3.0], [0.4, 0.1, -0.3, 0.2]])
    chances = della.drop_chances(update, drop=0.6, spread=0.4)
    first, second = [0.75, 0.45, 0.65, 0.55], [0.45, 0.75, 0.55, 0.65]
    torch.testing.assert_close(chances, torch.tensor([first, second]))


@given(size=st.integers(1, 40), drop=st.floats(0.25, 0.7), spread=st.floats(0, 0.5))
def test_della_drops_the_share_on_average_within_its_bounds(size, drop, spread):
    chances = della.drop_chances(torch.randn(3, size), drop, spread)
    torch.testing.assert_close(chances.mean(dim=1), torch.full((3,), drop))
    assert drop - spread / 2 - 1e-6 <= chances.min()
    assert chances.max() <= drop + spread / 2 + 1e-6


def test_della_is_unbiased_for_a_single_model():
    pretrained = {"w": torch.zeros(400_000)}
    update = torch.linspace(1, 2, 400_000)
    merged = merge("della", pretrained, {"a": {"w": update}}, drop=0.7, spread=0.4)["w"]
    assert (merged == 0).float().mean().item() == pytest.approx(0.7, abs=0.005)
    for part in range(4):  # of the smallest and of the largest alike
        quarter = slice(part * 100_000, (part + 1) * 100_000)
        assert merged[quarter].mean().item() == pytest.approx(
            update[quarter].mean().item(), rel=0.03
        )


def test_della_draws_other_masks_for_other_entries_of_the_config():
    pretrained, checkpoints = models(2)
    same = merge("della", pretrained, checkpoints, drop=0.5)
    assert_equal(same, merge("della", pretrained, checkpoints, drop=0.5), rtol=0, atol=0)
    other = merge_checkpoints(pretrained, checkpoints, "della", {"drop": 0.5}, "della2", 0)
    assert any(not torch.equal(same[name], other[name]) for name in same)


@pytest.mark.parametrize(("drop", "spread"), [(0.95, 0.2), (0.05, 0.2), (1.0, 0.0)])
def test_della_refuses_chances_that_are_none(drop, spread):
    with pytest.raises(ValueError, match=r"chances outside of \[0, 1\); lower one"):
        della.merge({}, {}, drop=drop, spread=spread)


def test_pcb_gives_no_weight_to_what_disagrees_or_is_small():
    first, second = [1.0, 1.0, 0.1, 0.9], [1.0, -1.0, 0.1, 0.8]
    merged = merge_vectors("pcb", first, second, keep=0.5)
    assert merged[0] == pytest.approx(1.0)
    assert merged[1:3] == [0.0, 0.0]


def test_pcb_of_copies_keeps_the_best_entries_as_they_are():
    pretrained, checkpoints = copies(2)
    merged = merge("pcb", pretrained, checkpoints, keep=0.5)
    original = checkpoints["copy0"]
    kept = dropped = 0
    for name, weight in pretrained.items():
        stays = torch.isclose(merged[name], weight, rtol=0, atol=1e-7)
        assert torch.isclose(merged[name], original[name], rtol=1e-5, atol=1e-6)[~stays].all()
        kept, dropped = kept + int((~stays).sum()), dropped + int(stays.sum())
    # The worst of those that are kept has weight 0 itself.
    assert kept == int(0.5 * (kept + dropped)) - 1


def pcb_as_published(updates, keep):
    """Entry by entry, with sorted lists: what the authors' code computes, but for one rounding."""
    size, models = len(updates[0]), len(updates)
    totals = [sum(entries) for entries in zip(*updates, strict=True)]
    weighted, weights = [0.0] * size, [0.0] * size
    for update in updates:
        ordered = sorted(map(abs, update))
        low, high = ordered[int(size * 1e-4)], ordered[size - 1 - int(size * 1e-4)]
        cut = [min(max(abs(x), low), high) for x in update]
        scores = [
            math.exp(models * ((m - low) / (high - low)) ** 2) * math.tanh(x * total)
            for m, x, total in zip(cut, update, totals, strict=True)
        ]
        least, best = sorted(scores)[size - int(keep * size)], max(scores)
        for i, (m, x, score) in enumerate(zip(cut, update, scores, strict=True)):
            balance = max(0.0, score - least) / (best - least)
            weights[i] += balance
            weighted[i] += balance * math.copysign(m, x)
    return [a / max(b, 1e-12) for a, b in zip(weighted, weights, strict=True)]


@pytest.mark.parametrize("models", [1, 2, 3])
@pytest.mark.parametrize("size", [40, 30_000])
def test_pcb_is_that_of_the_authors(models, size):
    """With heavy tails, so that it matters where outliers are cut."""
    generator = torch.Generator().manual_seed(size + models)
    updates = torch.randn(models, size, generator=generator, dtype=torch.float64) ** 5
    merged = pcb.merge(
        {"w": torch.zeros(size, dtype=torch.float64)},
        {str(i): {"w": update} for i, update in enumerate(updates)},
        keep=0.25,
    )["w"]
    expected = torch.tensor(pcb_as_published(updates.tolist(), 0.25), dtype=torch.float64)
    torch.testing.assert_close(merged, expected, rtol=1e-9, atol=1e-12)


def test_pcb_cuts_outliers():
    vector = torch.ones(20_000)
    vector[:2] = 100.0
    assert pcb.merge({"w": torch.zeros(20_000)}, {"a": {"w": vector}})["w"].max() <= 1.0


def cosine_of_pairs(vectors):
    cosines = [
        torch.nn.functional.cosine_similarity(vectors[i], vectors[j], dim=0)
        for i in range(len(vectors))
        for j in range(i)
    ]
    return sum(cosines) / len(cosines)


@pytest.mark.parametrize("count", [2, 3, 5])
def test_model_stock_goes_as_far_as_the_mean_cosine_says(count):
    common = torch.randn(50, generator=torch.Generator().manual_seed(99))
    _, own = models(count, spread=1.0)
    updates = [common + torch.cat([w.reshape(-1) for w in m.values()])[:50] for m in own.values()]
    checkpoints = {f"task{i}": {"w": u} for i, u in enumerate(updates)}
    merged = merge("model_stock", {"w": torch.zeros(50)}, checkpoints)["w"]
    c = cosine_of_pairs(updates)
    ratio = count * c / (1 + (count - 1) * c)
    assert 0.1 < ratio < 0.95
    torch.testing.assert_close(merged, ratio * torch.stack(updates).mean(dim=0))


def test_model_stock_of_opposed_updates_stays_at_the_pretrained_weights():
    pretrained, checkpoints = models(1)
    opposite = moved_by(pretrained, checkpoints["task0"], -0.5)
    assert_equal(merge("model_stock", pretrained, {**checkpoints, "b": opposite}), pretrained)


def test_slerp_follows_the_circle_at_even_speed():
    right, up = {"w": torch.tensor([2.0, 0.0])}, {"w": torch.tensor([0.0, 2.0])}
    zeros = {"w": torch.zeros(2)}
    for position in (0.0, 0.25, 0.5, 1.0):
        merged = merge("slerp", zeros, {"a": right, "b": up}, position=position)["w"]
        angle = position * math.pi / 2
        expected = torch.tensor([2 * math.cos(angle), 2 * math.sin(angle)])
        torch.testing.assert_close(merged, expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("partner", [[-2.0, 0.0], [0.0, 0.0], [4.0, 0.0]])
def test_slerp_is_straight_where_there_is_no_circle(partner):
    """Between opposite, vanishing and parallel weights."""
    a, b = torch.tensor([2.0, 0.0]), torch.tensor(partner)
    merged = merge("slerp", {"w": torch.zeros(2)}, {"a": {"w": a}, "b": {"w": b}})["w"]
    torch.testing.assert_close(merged, (a + b) / 2)
