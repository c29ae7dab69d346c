"""What is read from the source of plug-ins."""

import subprocess
import sys

import pytest
from workspace import ROOT

from mergeability.plugins import (
    MERGERS,
    REGULARIZERS,
    Catalog,
    Methods,
    PluginError,
    merger_statistics,
)
from mergeability.prediction.registry import PREDICTOR_METHODS
from mergeability.workflow.code import Code


def test_methods_are_the_modules_without_underscore():
    methods = MERGERS.names()
    assert {"consensus", "iso_c", "iso_cts", "slerp", "fisher", "regmean"} <= set(methods)
    assert not [method for method in methods if method.startswith("_")]


def test_what_the_workflow_fills_in_is_not_for_the_config():
    assert set(MERGERS.parameters("fisher")) == {"normalize"}
    assert set(MERGERS.parameters("regmean")) == {"off_diagonal"}
    assert set(MERGERS.parameters("della")) == {"drop", "spread", "scale", "elect"}


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


WRITTEN = {
    "swap: bool = False": {"swap": True},
    'mode: str = "mean"': {"mode": "sum"},
    "limit: float | None = None": {"limit": 0.5},
    "limit: int | None = None": {"limit": None},
    'mode: Literal["a", "b"] | None = None': {"mode": "b"},
    "shift: float = -1.0": {"shift": 1e-3},
    "mode: Literal['a|b', 'c'] = 'c'": {"mode": "a|b"},
    "large: float = 1.0": {"large": 10**400},
    "sizes: tuple[float, ...] = (1.0,)": {"sizes": [1, 2.5, -3]},
    "size: Annotated[float, 0.5] = 1.0": {"size": 0.5},
    "sizes: Annotated[tuple[float, ...], 1e-3] | None = None": {"sizes": (1e-3, 2)},
}


def methods_with(folder, signature):
    (folder / "mine.py").write_text(f"def merge(pretrained, task_vectors, *, {signature}): ...\n")
    return Methods(folder, "merge")


@pytest.mark.parametrize("signature", WRITTEN)
def test_a_signature_is_the_schema(signature, tmp_path):
    methods, given = methods_with(tmp_path, signature), WRITTEN[signature]
    assert list(methods.problems("mergers.x", "mine", given)) == []
    ((name, _),) = given.items()
    (problem,) = methods.problems("mergers.x", "mine", {name: [object]})
    assert problem.startswith(f"mergers.x.{name}: ")


@pytest.mark.parametrize(("value", "fits"), [(1, True), (3, False), (True, False), (1.0, False)])
def test_a_choice_is_of_its_type(tmp_path, value, fits):
    methods = methods_with(tmp_path, "side: Literal[0, 1] = 0")
    assert (list(methods.problems("mergers.x", "mine", {"side": value})) == []) == fits


def test_a_method_says_what_cannot_work_together(tmp_path):
    methods = methods_with(tmp_path, "low: float = 0.0, high: float = 1.0")
    with methods.path("mine").open("a") as module:
        module.write("import nothing_like_this\ndef problem(*, low, models):\n")
        module.write("    return f'{low} is too low' if low < models else None\n")
    assert methods.conflict("mine", {"low": 2.0}, models=2) is None
    assert methods.conflict("mine", {"low": 1.0}, models=2) == "1.0 is too low"
    assert methods.conflict("mine", {}, models=2) == "0.0 is too low"
    assert MERGERS.conflict("ties", {}) is None
    with pytest.raises(PluginError, match=r"mine\.py: problem\(\) asks for 'models'; it may use"):
        methods.conflict("mine", {"low": 1.0})


UNREADABLE = {
    "sizes: list[int] = ()": "parameter 'sizes': type 'list[int]' is not known; use bool, str, ",
    "share: float = 1 / 3": "parameter 'share': the default 1 / 3 is computed; write its value",
    "share: Fraction = 1.5": "parameter 'share': the default 1.5 is not allowed; expected a number",
    "mode: Literal['a', 'b'] = 'c'": "parameter 'mode': the default 'c' is not allowed; allowed: ",
    "votes: int = True": "parameter 'votes': the default True is not allowed; expected an integer",
    "side: Literal[LEFT] = 1": "parameter 'side': type 'Literal[LEFT]' holds what is computed",
    "share=0.5": "parameter 'share' needs a type and a default",
    "share: float": "parameter 'share' needs a type and a default",
}


@pytest.mark.parametrize("signature", UNREADABLE)
def test_what_cannot_be_read_is_one_line_with_file_and_cure(signature, tmp_path):
    (problem,) = methods_with(tmp_path, signature).problems("mergers.x", "mine", {})
    start = f"mergers.x.method: {tmp_path / 'mine.py'}: {UNREADABLE[signature]}"
    assert problem.startswith(start)
    assert "\n" not in problem


def test_a_module_that_is_no_python_is_one_line(tmp_path):
    (problem,) = methods_with(tmp_path, "share: float = = 1").problems("mergers.x", "mine", {})
    assert problem.startswith(f"mergers.x.method: {tmp_path / 'mine.py'}: line 1 is not valid")


def test_a_module_without_the_function_is_one_line(tmp_path):
    (tmp_path / "mine.py").write_text("SCALE = 1\n")
    (problem,) = Methods(tmp_path, "merge").problems("mergers.x", "mine", {})
    assert problem == f"mergers.x.method: {tmp_path / 'mine.py'}: there is no function 'merge'"


@pytest.mark.parametrize("value", [0.4, [0.4], "a", float("nan"), True])
def test_what_is_below_the_least_value_is_named(value, tmp_path):
    methods = methods_with(tmp_path, "size: Annotated[float, 0.5] = 1.0")
    (problem,) = methods.problems("mergers.x", "mine", {"size": value})
    assert problem == f"mergers.x.size: {value!r} is not allowed; expected a number from 0.5"


@pytest.mark.parametrize("written", ["KIND = 'a'", "KIND: str = 'a'", "OTHER = 1\nKIND = ('a')"])
def test_constants_may_have_types(written, tmp_path):
    (tmp_path / "mine.py").write_text(written)
    assert Methods(tmp_path, "merge").constant("mine", "KIND", "a", "b") == "a"


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("'c'", "KIND = 'c' is not allowed; allowed: 'a', 'b'"),
        ("min('ab')", "KIND = min('ab') is computed; write its value"),
    ],
)
def test_wrong_constants_are_one_line_with_the_file(written, message, tmp_path):
    (tmp_path / "mine.py").write_text(f"KIND = {written}")
    with pytest.raises(PluginError) as raised:
        Methods(tmp_path, "merge").constant("mine", "KIND", "a", "b")
    assert str(raised.value) == f"{tmp_path / 'mine.py'}: {message}"


def test_a_catalog_lists_those_named_first_and_then_the_others(tmp_path):
    methods = Methods(tmp_path, "merge")
    catalog = Catalog(methods, lambda name: methods.constant(name, "KIND"), ("d", "b"))
    for name in "abcd":
        (tmp_path / f"{name}.py").write_text(f"KIND = {name!r}")
    assert list(catalog.items()) == [(name, name) for name in "dbac"]
    assert "e" not in catalog
    with pytest.raises(KeyError):
        catalog["e"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_numbers_are_finite(value):
    (problem,) = MERGERS.problems("mergers.x", "ties", {"scale": value})
    assert problem == f"mergers.x.scale: {value!r} is not allowed; expected a number"


def test_all_shipped_methods_can_be_read():
    for methods in (MERGERS, REGULARIZERS, PREDICTOR_METHODS):
        for method in methods.names():
            for parameter in methods.parameters(method).values():
                assert parameter.problem(parameter.default) is None


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
