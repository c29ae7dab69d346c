"""The benchmark of GPUs runs where there is none, and fails where numbers differ."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def run(*arguments):
    command = [sys.executable, BENCHMARKS / "gpu.py", "--size", "tiny", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("stage", ["fine-tuning", "evaluation", "activations", "fisher", "iso_cts"])
def test_a_stage_runs_within_its_tolerance(stage):
    result = run("--stages", stage)
    assert result.returncode == 0, result.stderr
    assert stage in result.stdout


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
