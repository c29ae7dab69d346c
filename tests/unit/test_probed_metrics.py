"""The families that look at one model at a time, on two checkpoints that were really trained."""

import numpy as np
import pytest
import torch
from scipy.special import log_softmax
from small_training import ARCHITECTURE, colour_data, colour_head, pretrained_weights, train
from torch.nn import functional

from mergeability.backbones.encoder import Encoder, to_device
from mergeability.datasets.splits import Split, write_split
from mergeability.files import map_tensors, write_json, write_tensors
from mergeability.metrics.backward import gradient_and_fisher, mean_gradient
from mergeability.metrics.classification import classify
from mergeability.metrics.pair import compute_pair_metrics
from mergeability.metrics.registry import FAMILIES, PAPER_FAMILIES, metric_names, parts_of
from mergeability.metrics.sketching import DataFiles, read_sketch_inputs, sketch

pytestmark = pytest.mark.usefixtures("one_thread")

NEW = [name for name in FAMILIES if name not in PAPER_FAMILIES]
PROBED = [name for name in NEW if "probes" in FAMILIES[name].needs]


class Zoo:
    """Two tasks on the same images, the second with the classes turned; their sketches."""

    def __init__(self, folder):
        self.folder = folder
        images, labels = colour_data()
        self.data = {"hue": (images, labels), "turned": (images[::-1].copy(), (labels + 1) % 3)}
        self.head = colour_head()
        self.pretrained = pretrained_weights()
        write_json(folder / "architecture.json", ARCHITECTURE)
        write_tensors(folder / "pretrained", self.pretrained)
        write_tensors(folder / "head", {"weight": self.head.numpy()})
        self.weights = {}
        for task, data in self.data.items():
            write_split(folder / f"{task}.samples", *(part[:30] for part in data))
            tower = train(data, samples_seen=320)
            self.weights[task] = {k: p.detach().numpy() for k, p in tower.named_parameters()}

    def sketch(self, task, weights=None, families=NEW):
        path, checkpoint = self.folder / f"{task}.sketch", self.folder / f"{task}.checkpoint"
        write_tensors(checkpoint, weights or self.weights[task])
        samples = {name: self.folder / f"{name}.samples" for name in self.data}
        files = DataFiles(
            task, self.folder / "architecture.json", self.folder / "head", probes=samples
        )
        subject = read_sketch_inputs(self.folder / "pretrained", checkpoint, files, "cpu")
        settings = {"parts": parts_of(families), "subspace_rank": 2, "spectrum_size": 4}
        parts = sketch(subject, settings, batch_size=7)
        write_tensors(path, parts, {"settings": settings, "task": task})
        return path

    def encoder(self, weights):
        return Encoder(self.folder / "architecture.json", "cpu").load(weights)

    def probes(self, task):
        images, labels = self.data[task]
        return Split(images[:30], labels[:30])

    def loss(self, weights, task):
        with torch.no_grad():
            encoder, split = self.encoder(weights), self.probes(task)
            features = functional.normalize(encoder.tower(encoder.batch(split.examples)), dim=-1)
            logits = (features @ self.head.T).double()
            return float(functional.cross_entropy(logits, torch.from_numpy(split.labels)))

    def between(self, task, state):
        return {
            name: before + np.float32(state) * (self.weights[task][name] - before)
            for name, before in self.pretrained.items()
        }


@pytest.fixture(scope="module")
def zoo(tmp_path_factory):
    return Zoo(tmp_path_factory.mktemp("zoo"))


@pytest.fixture(scope="module")
def values(zoo):
    return metrics(zoo.sketch("hue"), zoo.sketch("turned"))


def metrics(a, b, families=NEW):
    return {value.metric: value.value for value in compute_pair_metrics(a, b, families)}


def test_every_function_gives_a_sum_and_a_minimum(values):
    assert list(values) == metric_names(NEW)
    for name in NEW:
        for function in FAMILIES[name].functions:
            total, least = values[f"{function}_sum"], values[f"{function}_min"]
            assert least <= total - least + 1e-12, function


def test_metrics_are_symmetric(zoo, values):
    again = metrics(zoo.sketch("turned"), zoo.sketch("hue"))
    assert again == pytest.approx(values, rel=1e-12, abs=1e-12)


def test_losses_are_those_of_the_models_they_are_named_after(zoo, values):
    """Each from weights put together here, and torch's own cross-entropy."""
    tasks = {"hue": "turned", "turned": "hue"}
    states = {
        "zero_shot_loss_sum": [(task, task, 0) for task in tasks],
        "fine_tuned_loss_sum": [(task, task, 1) for task in tasks],
        "halfway_loss_sum": [(task, task, 0.5) for task in tasks],
        "transfer_loss_sum": [(task, other, 1) for task, other in tasks.items()],
        "halfway_transfer_loss_sum": [(task, other, 0.5) for task, other in tasks.items()],
    }
    for metric, models in states.items():
        expected = sum(zoo.loss(zoo.between(model, state), task) for task, model, state in models)
        assert values[metric] == pytest.approx(expected, rel=1e-4), metric


@pytest.mark.parametrize(("state", "name"), [(0, "pretrained"), (1, "fine_tuned")])
def test_gradient_products_foretell_a_small_step_along_the_other_update(zoo, values, state, name):
    step, slopes = 1e-2, []
    for task, other in (("hue", "turned"), ("turned", "hue")):
        start = zoo.between(task, state)
        ends = [
            {
                k: start[k] + np.float32(sign * step) * (zoo.weights[other][k] - before)
                for k, before in zoo.pretrained.items()
            }
            for sign in (1, -1)
        ]
        ahead, behind = (zoo.loss(end, task) for end in ends)
        slopes.append((ahead - behind) / (2 * step))
    assert values[f"{name}_gradient_product_sum"] == pytest.approx(sum(slopes), rel=2e-2)
    assert values[f"{name}_gradient_product_min"] == pytest.approx(min(slopes), rel=2e-2)


def test_the_mean_of_single_gradients_is_the_gradient_of_the_mean(zoo):
    encoder, split = zoo.encoder(zoo.weights["hue"]), zoo.probes("hue")
    mean, square = gradient_and_fisher(encoder, zoo.head, split)
    whole = mean_gradient(encoder, zoo.head, split, batch_size=11).weights
    for name in mean:
        torch.testing.assert_close(mean[name], whole[name], rtol=1e-3, atol=1e-7)
        assert (square[name] >= mean[name] ** 2 - 1e-12).all()  # a mean square is not below


def test_fisher_norm_is_the_root_mean_square_of_single_directional_derivatives(zoo, values):
    """tau' F tau with a diagonal F, entry by entry from the gradients of single samples."""
    norms = []
    for task, other in (("hue", "turned"), ("turned", "hue")):
        encoder, split = zoo.encoder(zoo.weights[task]), zoo.probes(task)
        _, square = gradient_and_fisher(encoder, zoo.head, split)
        tau = to_device({k: zoo.weights[other][k] - v for k, v in zoo.pretrained.items()}, "cpu")
        total = sum(float((square[k] * tau[k].double() ** 2).sum()) for k in tau)
        norms.append(np.sqrt(total))
    assert values["fisher_norm_sum"] == pytest.approx(sum(norms), rel=1e-5)


def test_a_partner_that_learned_nothing_answers_like_the_pretrained_model(zoo):
    """Its halves too; nothing drifts, and the superposition is the task's own half."""
    nothing = zoo.sketch("turned", zoo.pretrained, ["single_model", "cross_output", "halfway"])
    other = zoo.sketch("hue", families=["single_model", "cross_output", "halfway"])
    found = metrics(other, nothing, ["single_model", "cross_output", "halfway"])
    own_half = zoo.loss(zoo.between("hue", 0.5), "hue")
    assert found["drift_min"] == pytest.approx(0, abs=1e-12)
    assert found["halfway_drift_min"] == pytest.approx(0, abs=1e-12)
    assert found["superposition_loss_sum"] == pytest.approx(
        own_half + zoo.loss(zoo.between("hue", 0.5), "turned"), rel=1e-3
    )


def test_a_checkpoint_with_itself_loses_nothing_in_the_ensemble(zoo):
    path = zoo.sketch("hue")
    found = metrics(path, path)
    assert found["ensemble_ratio_sum"] == 2
    assert found["ensemble_loss_sum"] == pytest.approx(found["fine_tuned_loss_sum"])
    assert found["transfer_loss_sum"] == pytest.approx(found["fine_tuned_loss_sum"])
    assert found["fisher_overlap_sum"] == pytest.approx(2)


def test_depth_and_evenness_of_an_update_in_one_place(zoo):
    """All of the update in the first, then in the last tensor of the network."""
    for name, depth in (("conv1.weight", 0), ("proj", 1)):
        weights = {k: v + (k == name) for k, v in zoo.pretrained.items()}
        path = zoo.sketch("hue", weights, ["single_update"])
        found = metrics(path, path, ["single_update"])
        assert found["update_depth_min"] == depth
        assert found["update_evenness_min"] == pytest.approx(1 / len(weights))
        assert found["update_norm_sum"] == pytest.approx(
            2 * np.sqrt(zoo.pretrained[name].size), rel=1e-5
        )


def test_classification_agrees_with_scipy():
    rng = np.random.default_rng(0)
    embeddings, head, labels = rng.normal(size=(9, 4)), rng.normal(size=(3, 4)), np.arange(9) % 3
    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    logits = unit @ head.T
    answers = classify(embeddings, head, labels)
    assert answers.accuracy == np.mean(logits.argmax(axis=1) == labels)
    expected = -log_softmax(logits, axis=1)[np.arange(9), labels].mean()
    assert answers.loss == pytest.approx(expected)
    right = logits[np.arange(9), labels]
    others = [max(np.delete(row, label)) for row, label in zip(logits, labels, strict=True)]
    assert answers.margin == pytest.approx(np.mean(right - others))


def test_sketches_hold_what_their_families_ask_for(zoo):
    parts = {
        family: {name.split("/")[0] for name in map_tensors(zoo.sketch("hue", families=[family]))}
        for family in PROBED
    }
    known = {"probe_head", "probe_labels", "output_0.0", "output_1.0"}
    assert parts["single_model"] == known
    assert parts["cross_output"] == known
    assert parts["halfway"] == known | {"output_0.5"}
    gradients = {"pretrained_gradient", "fine_tuned_gradient", "fisher"}
    assert parts["interference"] >= known | gradients | {"task_vector"}


def test_a_missing_part_is_named(zoo):
    paths = [zoo.sketch(task, families=["single_model"]) for task in ("hue", "turned")]
    for family, part in (("halfway", "output_0.5"), ("interference", "pretrained_gradient")):
        with pytest.raises(ValueError, match=f"part '{part}' is missing"):
            metrics(*paths, families=[family])
