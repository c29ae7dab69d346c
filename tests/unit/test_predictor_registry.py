"""Parameters of predictors are checked and completed without importing a predictor."""

import subprocess
import sys

import pytest

from mergeability.prediction.registry import resolve_parameters


@pytest.mark.parametrize(
    ("predictor", "given", "message"),
    [
        ("magic", {}, "unknown predictor 'magic'"),
        ("ridge", {"alpha": 1.0}, "'ridge' has no parameter"),
        ("ridge", {"alphas": []}, "at least one number"),
        ("ridge", {"alphas": [1.0, 0.0]}, "expected numbers"),
        ("pearson_l1", {"steps": 1.5}, "'steps': expected integer >= 1"),
        ("pearson_l1", {"penalty": True}, "'penalty': expected number >= 0"),
        ("pearson_l1", {"penalty": float("nan")}, "'penalty': expected number >= 0"),
    ],
)
def test_wrong_parameters_are_named(predictor, given, message):
    with pytest.raises(ValueError, match=message):
        resolve_parameters(predictor, given)


def test_parameters_are_completed_by_defaults():
    assert resolve_parameters("pearson_l1", {"penalty": 0}) == {
        "penalty": 0.0, "learning_rate": 0.01, "steps": 2000,
        "patience": 100, "tolerance": 1e-5, "cut": 1e-3,
    }  # fmt: skip


def test_the_registry_needs_the_standard_library_alone():
    program = (
        "import sys; import mergeability.prediction.registry; "
        "print([m for m in ('numpy', 'pandas', 'scipy', 'torch') if m in sys.modules])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"
