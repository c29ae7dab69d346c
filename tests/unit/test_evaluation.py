import numpy as np
import pytest
import torch

from mergeability.backbones.encoder import Encoder
from mergeability.datasets.calibration import draw_calibration
from mergeability.datasets.splits import Split
from mergeability.evaluation import evaluate_encoder
from mergeability.files import write_json, write_table
from mergeability.prediction.pairs_table import build_pairs_table
from mergeability.scores import Score, summarize_merge, summarize_single


class MeanColour(Encoder):
    """An encoder whose features are the mean of each colour channel."""

    def __init__(self):
        self.device = "cpu"

    def tower(self, images):
        return images.mean(dim=(2, 3))

    def batch(self, images):
        return torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255


def colours(*channels):
    images = np.zeros((len(channels), 4, 4, 3), dtype=np.uint8)
    for image, channel in zip(images, channels, strict=True):
        image[..., channel] = 200
    return images


@pytest.mark.parametrize("batch_size", [1, 2, 5])
def test_accuracy_and_loss(batch_size):
    head = 3.0 * torch.eye(3)
    labels = np.array([0, 1, 2, 2, 0])
    score = evaluate_encoder(MeanColour(), head, Split(colours(0, 1, 2, 1, 2), labels), batch_size)
    right, wrong = -np.log(np.exp(3) / (np.exp(3) + 2)), -np.log(1 / (np.exp(3) + 2))
    assert score.accuracy == 3 / 5
    assert score.loss == pytest.approx((3 * right + 2 * wrong) / 5)
    assert score.samples == 5


def test_summary_of_a_merge_normalises_by_each_task_and_sorts():
    content = summarize_merge(
        "tsv", "a__b", {"b": Score(0.8, 1.0, 10), "a": Score(0.3, 2.0, 20)}, {"a": 0.6, "b": 1.0}
    )
    assert list(content["tasks"]) == ["a", "b"]
    assert content["tasks"]["a"]["normalized_accuracy"] == 0.5
    assert content["mean"] == {
        "accuracy": pytest.approx(0.55),
        "loss": 1.5,
        "normalized_accuracy": pytest.approx(0.65),
    }


def test_a_checkpoint_without_accuracy_cannot_normalise():
    with pytest.raises(ValueError, match=r"task 'b' has accuracy 0.*fine-tune it longer"):
        summarize_merge("tsv", "a__b", {"b": Score(0.1, 1, 1)}, {"b": 0.0})


def test_calibration_depends_on_names_only():
    rng = np.random.default_rng(0)
    train = Split(rng.integers(0, 255, (50, 2, 2, 3), dtype=np.uint8), np.arange(50))
    first = draw_calibration(train, "greek", 10, seed=0)
    assert len(set(first.labels.tolist())) == 10
    np.testing.assert_array_equal(first.labels, draw_calibration(train, "greek", 10, 0).labels)
    np.testing.assert_array_equal(train.examples[first.labels], first.examples)
    assert first.labels.tolist() != draw_calibration(train, "latin", 10, 0).labels.tolist()
    assert first.labels.tolist() != draw_calibration(train, "greek", 10, 1).labels.tolist()


def test_calibration_cannot_exceed_the_training_split():
    train = Split(np.zeros((5, 2, 2, 3), dtype=np.uint8), np.arange(5))
    with pytest.raises(ValueError, match=r"'greek' has 5 training examples.*the 6 asked for"):
        draw_calibration(train, "greek", 6, seed=0)


def test_pairs_table_does_not_depend_on_the_order_of_files(tmp_path):
    singles, merges, metrics = [], [], []
    for task, accuracy in {"a": 0.5, "b": 0.8, "c": 1.0}.items():
        singles.append(tmp_path / f"{task}.json")
        write_json(singles[-1], summarize_single(task, Score(0.1, 3, 9), Score(accuracy, 1, 9)))
    single = {"a": 0.5, "b": 0.8, "c": 1.0}
    for number, pair in enumerate(["a__b", "a__c", "b__c"]):
        tasks = pair.split("__")
        merges.append(tmp_path / f"merge_{pair}.json")
        scores = {task: Score(0.4, 1, 9) for task in tasks}
        write_json(merges[-1], summarize_merge("ties", pair, scores, single))
        metrics.append(tmp_path / f"{pair}.parquet")
        rows = [{"metric": "m", "value": float(number)}, {"metric": "n", "value": 7.0}]
        named = {"task_a": tasks[0], "task_b": tasks[1]}
        write_table(metrics[-1], [named | row for row in rows])
    table = build_pairs_table(metrics, singles, merges)
    assert table["pair"].tolist() == ["a__b", "a__c", "b__c"]
    assert table["m"].tolist() == [0.0, 1.0, 2.0]
    assert table["accuracy_single_b"].tolist() == [0.8, 1.0, 1.0]
    assert table["normalized_accuracy"].tolist() == pytest.approx([0.65, 0.6, 0.45])
    shuffled = build_pairs_table(metrics[::-1], singles[::-1], merges[::-1])
    assert shuffled.equals(table)
