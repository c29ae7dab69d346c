"""Parameters of predictors are checked and completed without importing a predictor."""

import subprocess
import sys

import pytest

from mergeability.prediction.registry import resolve_parameters


@pytest.mark.parametrize(
    ("predictor", "given", "message"),
    [
        ("magic", {}, "unknown 'magic'; allowed: additive, "),
        ("ridge", {"alpha": 1.0}, "ridge: unknown 'alpha' .*; allowed: alphas"),
        ("ridge", {"alphas": []}, "ridge.alphas: .* expected one or more numbers from 1e-12"),
        ("ridge", {"alphas": [1.0, 0.0]}, "expected one or more numbers from 1e-12"),
        ("kernel_ridge", {"alphas": [1e-10]}, "expected one or more numbers from 1e-09"),
        ("kernel_ridge", {"widths": 1e-4}, "expected one or more numbers from 0.001"),
        ("pearson_l1", {"steps": 1.5}, "pearson_l1.steps: 1.5 .* expected an integer from 1"),
        ("pearson_l1", {"steps": 0}, "expected an integer from 1"),
        ("pearson_l1", {"penalty": True}, "penalty: True .* expected a number from 0"),
        ("pearson_l1", {"penalty": float("nan")}, "expected a number from 0"),
        ("pearson_l1", {"penalty": -1e-9}, "expected a number from 0"),
        ("mlp", {"dropout": 1.5}, "expected a number between 0 and 1"),
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


def test_parameters_take_the_type_of_their_default():
    (alphas,) = resolve_parameters("ridge", {"alphas": 3}).values()
    assert repr(alphas) == "(3.0,)"
    assert repr(resolve_parameters("lasso", {"ratios": [1, 0.5]})["ratios"]) == "(1.0, 0.5)"
    assert repr(resolve_parameters("pearson", {"steps": 7})["steps"]) == "7"


def test_the_registry_needs_the_standard_library_alone():
    program = (
        "import sys; import mergeability.prediction.registry; "
        "print([m for m in ('numpy', 'pandas', 'scipy', 'torch') if m in sys.modules])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"
