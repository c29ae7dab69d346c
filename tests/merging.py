"""Random models of odd shapes, and what merging them takes, for the tests of mergers."""

import torch

from mergeability.mergers import merge_checkpoints
from mergeability.plugins import EXAMPLES, merger_statistics

FEW_STEPS = {"adamerging": {"steps": 5, "rate": 0.05}}  # the default takes seconds
SHAPES = {"matrix": (6, 4), "wide": (3, 8), "bias": (5,), "kernel": (2, 3, 2, 2), "scalar": ()}


def random_weights(seed, scale=1.0, dtype=torch.float32):
    generator = torch.Generator().manual_seed(seed)
    return {
        name: scale * torch.randn(shape, generator=generator, dtype=dtype)
        for name, shape in SHAPES.items()
    }


def models(count, spread=0.1, dtype=torch.float32):
    """Pretrained weights, and `count` checkpoints task0, task1, ... around them."""
    pretrained = random_weights(0, dtype=dtype)
    moved = {
        f"task{i}": {k: pretrained[k] + u for k, u in random_weights(i + 1, spread, dtype).items()}
        for i in range(count)
    }
    return pretrained, moved


def copies(count):
    """Pretrained weights, and `count` times the same checkpoint."""
    pretrained, checkpoints = models(1)
    return pretrained, {f"copy{i}": checkpoints["task0"] for i in range(count)}


class ParallelLayers:
    """Samples, and an encoder of which every matrix is a layer beside the others.

    What enters a layer does not depend on weights. Logits are the outputs of all, side by side,
    times 1 and the means of the weights that are no matrices.
    """

    def __init__(self, seed, samples=40):
        self.seed, self.samples = seed, samples

    def __len__(self):
        return self.samples

    def layers(self, weights):
        return [name for name, weight in weights.items() if weight.dim() > 1]

    def inputs(self, weight):
        matrix = weight.detach().reshape(len(weight), -1)
        generator = torch.Generator().manual_seed(self.seed + matrix.shape[1])
        return torch.randn(self.samples, matrix.shape[1], generator=generator).to(matrix)

    def grams(self, weights, layers):
        return {name: (x := self.inputs(weights[name])).T @ x for name in layers}

    def logits(self, weights, rows):
        outputs = [
            self.inputs(weights[name])[rows] @ weights[name].reshape(len(weights[name]), -1).T
            for name in self.layers(weights)
        ]
        others = [weight.mean() for weight in weights.values() if weight.dim() < 2]
        return torch.cat(outputs, dim=1) * sum(others, start=1)


def random_statistics(kind, tasks, device="cpu"):
    """Statistics of `kind` for every task, different for all of them; empty for no kind."""
    if kind == EXAMPLES:
        return {task: ParallelLayers(300 + seed) for seed, task in enumerate(tasks)}
    return {
        task: {name: tensor.to(device) for name, tensor in _statistics(kind, seed).items()}
        for seed, task in enumerate(tasks)
    }


def _statistics(kind, seed):
    if kind is None:
        return {}
    if kind == "fisher":
        return {name: tensor**2 for name, tensor in random_weights(100 + seed).items()}
    generator = torch.Generator().manual_seed(200 + seed)
    inputs = {
        name: torch.randn(40, torch.Size(shape[1:]).numel(), generator=generator)
        for name, shape in SHAPES.items()
        if len(shape) > 1
    }
    return {name: x.T @ x for name, x in inputs.items()}


def merge(method, pretrained, checkpoints, *, statistics=None, **parameters):
    """Merge with an entry named after its method, and random statistics where it needs any."""
    parameters = FEW_STEPS.get(method, {}) | parameters
    kind = merger_statistics(method)
    if kind and statistics is None:
        device = next(iter(pretrained.values())).device
        statistics = random_statistics(kind, sorted(checkpoints), device)
    return merge_checkpoints(pretrained, checkpoints, method, parameters, method, 0, statistics)


def assert_equal(first, second, **tolerance):
    assert first.keys() == second.keys()
    for name in first:
        torch.testing.assert_close(first[name], second[name], **tolerance)


def moved_by(pretrained, checkpoint, factor):
    """The weights that lie `factor` of the way from the pretrained ones to a checkpoint."""
    return {name: w + factor * (checkpoint[name] - w) for name, w in pretrained.items()}
