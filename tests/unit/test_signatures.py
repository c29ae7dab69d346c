"""What is read from the source of mergers."""

import subprocess
import sys

import pytest
from workspace import ROOT

from mergeability.plugins import MERGERS, merger_statistics
from mergeability.workflow.code import Code


def test_methods_are_the_modules_without_underscore():
    methods = MERGERS.names()
    assert {"consensus", "iso_c", "iso_cts", "slerp", "fisher", "regmean"} <= set(methods)
    assert not [method for method in methods if method.startswith("_")]


def test_what_the_workflow_fills_in_is_not_for_the_config():
    assert set(MERGERS.parameters("fisher")) == {"normalize"}
    assert set(MERGERS.parameters("regmean")) == {"off_diagonal"}
    assert set(MERGERS.parameters("della")) == {"drop", "spread", "scale"}


def test_constants_are_read():
    assert merger_statistics("fisher") == "fisher"
    assert merger_statistics("regmean") == "gram"
    assert merger_statistics("ties") is None
    assert MERGERS.constant("slerp", "MODELS") == 2
    assert MERGERS.constant("ties", "MODELS") is None


def test_every_entry_may_set_the_modifiers():
    given = {"layer_scaling": [0.3, 1.0]}
    assert set(MERGERS.shared) == set(given)
    assert list(MERGERS.problems("mergers.x", "ties", given)) == []
    (problem,) = MERGERS.problems("mergers.x", "ties", {"layer_scaling": 1})
    assert problem == "mergers.x.layer_scaling: 1 is not allowed; expected two numbers"


@pytest.mark.parametrize("value", [[0.3, 1.0], [0, 1], (0.5, -0.2)])
def test_two_numbers_scale_layers(value):
    assert MERGERS.shared["layer_scaling"].problem(value) is None


@pytest.mark.parametrize("value", [0.3, [0.3], [0.1, 0.2, 0.3], ["a", 1], [True, 1], None, "ab"])
def test_anything_else_does_not(value):
    assert MERGERS.shared["layer_scaling"].problem(value) == "expected two numbers"


def test_reading_signatures_imports_nothing_heavy():
    code = "import sys, mergeability.plugins; print({'torch', 'numpy'} & set(sys.modules))"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "set()"


def test_shared_parts_of_mergers_are_seen_as_their_code():
    code = Code(lambda script: ROOT / "workflow/scripts" / script)
    script = "merging/evaluate_merge.py"
    assert "mergeability/mergers/_layer_scaling.py" in code.files(script)
    assert "mergeability/mergers/_svd.py" not in code.files(script)
    assert "mergeability/mergers/_svd.py" in code.files(script, "mergers.iso_cts")
    assert "mergeability/mergers/ties.py" in code.files(script, "mergers.knots")
