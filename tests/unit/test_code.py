import hashlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mergeability.metrics.registry import FAMILIES
from mergeability.workflow.code import Code

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "workflow/scripts"
code = Code(lambda script: SCRIPTS / script)


def test_transitive_imports_are_found():
    files = code.files("merging/evaluate_merge.py")
    assert "mergeability/naming.py" in files
    assert "mergeability/datasets/splits.py" in files
    assert "mergeability/metrics/sketch.py" not in files


@pytest.mark.parametrize(
    ("merger", "shared"), [("magmax", []), ("ties", ["_election"]), ("dare", ["_election"])]
)
def test_a_merger_depends_on_itself_and_what_it_shares_and_not_on_others(merger, shared):
    with_it = set(code.files("merging/evaluate_merge.py", f"mergers.{merger}"))
    without = set(code.files("merging/evaluate_merge.py"))
    own = {f"mergeability/mergers/{name}.py" for name in (merger, *shared)}
    assert with_it - without == own


def test_code_lists_each_file_with_a_digest_of_its_content():
    script = "backbones/build_head.py"
    listed = dict(line.split() for line in code(script))
    assert list(listed) == code.files(script)
    content = (SCRIPTS / script).read_bytes()
    assert listed[script] == hashlib.sha256(content).hexdigest()[:16]
    content = (ROOT / "src/mergeability/files.py").read_bytes()
    assert listed["mergeability/files.py"] == hashlib.sha256(content).hexdigest()[:16]


def test_modules_that_follow_wildcards_and_data_files_are_listed_too():
    script = "merging/evaluate_merge.py"
    find = code(script, "paper_tables/*.csv", lambda wildcards: [f"mergers.{wildcards}"])
    added = [line.split()[0] for line in find("magmax") if line not in code(script)]
    assert "mergeability/mergers/magmax.py" in added
    assert "mergeability/paper_tables/subset_ranking_range.csv" in added
    assert len(added) == 1 + len(list((ROOT / "src/mergeability/paper_tables").glob("*.csv")))


def imported(modules, watched):
    """Which of the `watched` packages importing `modules` of the library brings along."""
    imports = "; ".join(f"import mergeability.{name}" for name in modules)
    code = f"import sys; {imports}; print(*sorted(set({watched!r}) & set(sys.modules)))"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return result.stdout.split()


def test_pair_metrics_import_neither_torch_nor_open_clip():
    families = [f"metrics.families.{family}" for family in FAMILIES]
    modules = ["files", "joblog", "metrics.pair", *families]
    assert imported(modules, ["torch", "open_clip", "pandas"]) == []
    assert imported(["metrics.sketch"], ["torch"]) == ["torch"]


def test_what_rules_import_is_light():
    """Every cluster job parses the rules again, so parsing must not import anything heavy."""
    heavy = ["torch", "pandas", "scipy", "numpy", "matplotlib", "sklearn"]
    rules = (SCRIPTS.parent / "rules/common.smk").read_text()
    modules = re.findall(r"^from mergeability\.([\w.]+) import", rules, re.MULTILINE)
    assert "workflow.study" in modules
    assert imported(modules, heavy) == []


def test_every_script_is_thin_and_has_a_rule():
    rules = "".join(path.read_text() for path in Path(SCRIPTS.parent / "rules").glob("*.smk"))
    for script in SCRIPTS.rglob("*.py"):
        assert f"../scripts/{script.relative_to(SCRIPTS)}" in rules, script.name
        assert len(script.read_text().splitlines()) <= 40, script.name


def test_a_missing_module_is_named():
    with pytest.raises(ValueError, match=r"no file for 'mergers.nonsense'"):
        code.files("merging/evaluate_merge.py", "mergers.nonsense")
