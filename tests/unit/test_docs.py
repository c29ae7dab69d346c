"""Links, paths and anchors of README and docs lead somewhere, and the README stays short."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "config/README.md", *sorted((ROOT / "docs").glob("*.md"))]
FOLDERS = "config|docs|src|workflow|tests|profiles|benchmarks"
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
PATH = re.compile(rf"`((?:{FOLDERS})/[^`\s]*)`")
COMMAND_FILE = re.compile(rf"(?:python|--configfile|-s) ((?:{FOLDERS})/[^\s`]+)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
# Tutorials name the file that their reader is about to write.
WRITTEN_BY_THE_READER = re.compile(r"docs/adding_a_\w+\.md")


def prose_of(text: str) -> str:
    """The page without blocks of code."""
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors_of(page: Path) -> set[str]:
    """Anchors of the headings, as GitHub makes them."""
    headings = HEADING.findall(prose_of(page.read_text()))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files_and_headings(page: Path) -> None:
    broken = []
    for link in LINK.findall(prose_of(page.read_text())):
        if link.startswith(("http://", "https://")):
            continue
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        if not target.exists() or (anchor and anchor not in anchors_of(target)):
            broken.append(link)
    assert not broken


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_paths_of_the_repository_exist(page: Path) -> None:
    text = page.read_text()
    named = set(COMMAND_FILE.findall(text))
    if not WRITTEN_BY_THE_READER.fullmatch(str(page.relative_to(ROOT))):
        named.update(PATH.findall(text))
    # Braces and angle brackets stand for a name; any will do.
    patterns = {re.sub(r"\{[^}]*\}|<[^>]*>", "*", name) for name in named}
    assert not {name for name in patterns if not any(ROOT.glob(name.rstrip("/")))}


def test_targets_of_make_exist() -> None:
    rules = re.findall(r"^([\w -]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    targets = {target for rule in rules for target in rule.split()}
    named = {
        target for page in PAGES for target in re.findall(r"[`\n]make ([\w-]+)", page.read_text())
    }
    assert named <= targets


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 120
