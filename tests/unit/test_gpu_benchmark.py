"""The benchmark of GPUs runs where there is none, and fails where numbers differ."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mergeability.plugins import EXAMPLES, MERGERS, merger_statistics

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def test_all_stages_run_at_tiny_size_within_their_tolerances():
    command = [sys.executable, BENCHMARKS / "gpu.py", "--size", "tiny"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    for stage in ("fine-tuning, bfloat16", "evaluation", "gradients", "statistics, fisher"):
        assert stage in result.stdout
    alone = [method for method in MERGERS.names() if merger_statistics(method) != EXAMPLES]
    assert all(f"merge, {method}" in result.stdout for method in alone)


def test_numbers_that_differ_by_more_than_allowed_fail(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    import gpu  # noqa: PLC0415

    class Nothing:
        device = "cpu"
        images = gpu.Split(np.zeros((1, 1, 1, 3), np.uint8), np.zeros(1, np.int64))

    reference = {"weight": np.array([3.0, 4.0])}
    moved = {"weight": np.array([3.0, 4.5])}
    assert gpu.difference(moved, reference) == pytest.approx(0.1)
    results = iter([reference, moved] * 2)
    both = [gpu.Stage(f"allows {x}", lambda _: next(results), x, 1, "") for x in (0.05, 0.2)]
    monkeypatch.setattr(gpu, "all_stages", lambda _images: both)
    assert gpu.compare(Nothing(), Nothing(), "") == ["allows 0.05"]
