"""RegMean++ and AdaMerging on real encoders, of images and of texts."""

import numpy as np
import pytest
import torch
from merging import assert_equal
from small_encoder import small_encoder
from small_text_encoder import small_text_encoder

from mergeability.backbones.architecture import state_arrays
from mergeability.backbones.encoder import to_device
from mergeability.datasets.splits import Split
from mergeability.merger_statistics import layer_grams
from mergeability.mergers import merge_checkpoints
from mergeability.mergers.adamerging import entropy
from mergeability.task_examples import TaskExamples

pytestmark = pytest.mark.usefixtures("one_thread")

TASKS, SAMPLES, CLASSES = ("a", "b"), 40, 4


class Case:
    """An encoder, two checkpoints around its weights, and samples and a head of each task."""

    def __init__(self, encoder, examples):
        rng, self.encoder = np.random.default_rng(0), encoder
        self.pretrained = to_device(state_arrays(encoder.tower), "cpu")
        self.pretrained = {name: weight.clone() for name, weight in self.pretrained.items()}
        self.checkpoints = {
            task: {
                name: weight + 0.1 * torch.from_numpy(rng.normal(size=weight.shape)).float()
                for name, weight in self.pretrained.items()
            }
            for task in TASKS
        }
        labels = np.zeros(SAMPLES, np.int64)
        self.splits = {task: Split(examples(rng), labels) for task in TASKS}
        width = encoder.embed_with(self.pretrained, encoder.batch(examples(rng)[:1])).shape[1]
        self.heads = {
            task: 5 * torch.from_numpy(rng.normal(size=(CLASSES, width))).float() for task in TASKS
        }

    def examples(self, **changed):
        return {
            task: TaskExamples(
                self.encoder, self.heads[task], self.splits[task]._replace(**changed), 16
            )
            for task in TASKS
        }

    def merge(self, method, tasks=TASKS, **parameters):
        checkpoints = {task: self.checkpoints[task] for task in tasks}
        known = self.examples()
        return merge_checkpoints(self.pretrained, checkpoints, method, parameters, "m", 0, known)

    @torch.no_grad()
    def entropy(self, weights):
        """As the source has it: the mean over samples of - sum p log p, summed over tasks."""
        found = 0.0
        for task in TASKS:
            embedded = self.encoder.load(weights).tower(
                self.encoder.batch(np.array(self.splits[task].examples))
            )
            features = embedded / embedded.norm(dim=1, keepdim=True)
            p = (features @ self.heads[task].T).double().softmax(dim=1)
            found -= float((p * p.log()).sum(dim=1).mean())
        return found

    def coefficients(self, merged):
        """Of every tensor, those of both tasks, by least squares."""
        found = {}
        for name, weight in self.pretrained.items():
            updates = [(self.checkpoints[task][name] - weight).double() for task in TASKS]
            if weight.numel() > 20:
                taus = torch.stack([update.flatten() for update in updates], dim=1)
                update = (merged[name] - weight).double().reshape(-1, 1)
                found[name] = torch.linalg.lstsq(taus, update).solution.flatten()
        return found


def images(rng):
    return rng.integers(0, 256, (SAMPLES, 16, 16, 3), dtype=np.uint8)


def texts(rng):
    words = np.array(["dog", "a cat", "the sun", "rain", "no", "yes", "blue", "old men"])
    return np.array([" ".join(rng.choice(words, 3)) for _ in range(SAMPLES)])


@pytest.fixture(params=["images", "texts"])
def case(request, tmp_path):
    if request.param == "images":
        return Case(small_encoder(tmp_path, embed_dim=16), images)
    return Case(small_text_encoder(tmp_path), texts)


def blocks(case):
    prefix = "transformer.resblocks." if "conv1.weight" in case.pretrained else "encoder.layer."
    return [f"{prefix}{number}." for number in range(2)]


def test_regmean_plus_plus_is_regmean_on_what_its_own_lower_blocks_pass_on(case):
    """Read back from the finished merge: block by block, beside RegMean with those inputs."""
    merged = case.merge("regmean_plus_plus")
    for block in blocks(case):
        grams = {}
        for task in TASKS:
            own = {n: w for n, w in case.checkpoints[task].items() if n.startswith(block)}
            found = layer_grams(case.encoder.load({**merged, **own}), case.splits[task], 40)
            inside = {name: gram for name, gram in found.items() if name.startswith(block)}
            grams[task] = to_device(inside, "cpu")
        expected = merge_checkpoints(
            *(case.pretrained, case.checkpoints, "regmean", {"off_diagonal": 0.95}, "m", 0, grams)
        )
        for name in grams["a"]:
            torch.testing.assert_close(merged[name], expected[name], rtol=1e-3, atol=1e-4)


def test_regmean_plus_plus_differs_from_regmean_above_the_first_block_alone(case):
    merged = case.merge("regmean_plus_plus")
    grams = {
        task: to_device(
            layer_grams(case.encoder.load(case.checkpoints[task]), case.splits[task], 40), "cpu"
        )
        for task in TASKS
    }
    plain = merge_checkpoints(
        *(case.pretrained, case.checkpoints, "regmean", {"off_diagonal": 0.95}, "m", 0, grams)
    )
    upper = [name for name in grams["a"] if name.startswith(blocks(case)[1])]
    for name in upper:
        assert (merged[name] - plain[name]).norm() > 1e-2 * (
            plain[name] - case.pretrained[name]
        ).norm()
    for name in merged.keys() - grams["a"].keys():
        torch.testing.assert_close(merged[name], plain[name])


def test_regmean_plus_plus_of_one_model_is_that_model(case):
    merged = case.merge("regmean_plus_plus", tasks=["a"])
    assert_equal(merged, case.checkpoints["a"], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("per", ["layer", "task"])
def test_adamerging_lowers_the_entropy_of_predictions(case, per):
    start = case.merge("task_arithmetic", scale=0.3)
    found = [
        case.entropy(case.merge("adamerging", per=per, steps=steps, rate=0.02)) for steps in (5, 40)
    ]
    assert found[1] < found[0] < case.entropy(start)


def test_adamerging_has_a_coefficient_for_each_task_or_for_each_tensor_too(case):
    shared = case.coefficients(case.merge("adamerging", per="task", steps=20, rate=0.02))
    first = next(iter(shared.values()))
    for found in shared.values():
        torch.testing.assert_close(found, first, rtol=1e-3, atol=1e-3)
    own = torch.stack(
        list(case.coefficients(case.merge("adamerging", steps=40, rate=0.02)).values())
    )
    assert own.std(dim=0).min() > 0.05
    assert own.min() > -1e-4
    assert own.max() < 1 + 1e-4


def test_the_first_step_of_adamerging_goes_down_the_entropy_by_the_rate(case):
    """The first step of Adam is the sign of the gradient, here taken from finite differences."""
    moved = case.coefficients(
        case.merge("adamerging", per="task", steps=1, rate=1e-2, samples=SAMPLES)
    )
    for place, task in enumerate(TASKS):
        at = {
            scale: case.entropy(
                {
                    name: weight
                    + 0.3 * sum(case.checkpoints[t][name] - weight for t in TASKS)
                    + scale * (case.checkpoints[task][name] - weight)
                    for name, weight in case.pretrained.items()
                }
            )
            for scale in (-1e-2, 1e-2)
        }
        expected = 0.3 - 1e-2 * np.sign(at[1e-2] - at[-1e-2])
        for found in moved.values():
            assert float(found[place]) == pytest.approx(expected, abs=1e-3)


def test_labels_play_no_part_and_runs_repeat_to_the_bit(case):
    labels = np.arange(SAMPLES) % CLASSES
    for method, parameters in (("regmean_plus_plus", {}), ("adamerging", {"steps": 3})):
        first = case.merge(method, **parameters)
        again = merge_checkpoints(
            *(case.pretrained, case.checkpoints, method, parameters, "m", 0),
            case.examples(labels=labels),
        )
        assert_equal(first, again, rtol=0, atol=0)


def test_weights_that_were_loaded_stay_while_others_are_tried(case):
    batch = case.encoder.batch(np.array(case.splits["a"].examples[:4]))
    with torch.no_grad():
        before = case.encoder.load(case.pretrained).tower(batch)
        tried = case.encoder.embed_with(case.checkpoints["a"], batch)
        torch.testing.assert_close(case.encoder.tower(batch), before)
        torch.testing.assert_close(case.encoder.load(case.checkpoints["a"]).tower(batch), tried)


def test_entropy_is_that_of_the_definition():
    logits = torch.tensor([[0.0, 0.0, 0.0, 0.0], [50.0, 0.0, 0.0, 0.0]])
    torch.testing.assert_close(entropy(logits), torch.tensor([np.log(4), 0.0]).float())
