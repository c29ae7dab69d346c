"""Fixtures that several test folders share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from requirements import unavailable
from workspace import Workspace, miniature_config

SHARED = Path(__file__).parents[2] / "shared"
LONGEST_FIRST = ["slurm", "workflow", "conformance", "unit"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Processes take a file after the other; short ones at the end leave none of them idle."""
    items.sort(key=lambda item: LONGEST_FIRST.index(item.path.parent.name))


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """Reference data beside the repository; its absence is a failure where CI is set."""
    if not SHARED.is_dir():
        unavailable(f"reference data not found at {SHARED}")
    return SHARED


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """Tiny decompositions on one thread: several would wait for each other, on a busy machine long.

    For the tests of a module, by `pytestmark = pytest.mark.usefixtures("one_thread")`.
    """
    import torch  # noqa: PLC0415 - takes seconds, and most tests do without

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Workspace:
    """The finished miniature zoo, one for all processes of pytest; tests leave it as it is."""
    folder = tmp_path_factory.getbasetemp()
    if worker_id != "master":
        folder = folder.parent  # that of all processes
    finished = folder / "built.finished"
    with FileLock(folder / "built.lock"):
        if not finished.exists():
            Workspace.create(folder / "built", miniature_config()).run()
            finished.touch()
    return Workspace(folder / "built", miniature_config())


@pytest.fixture
def copied(built: Workspace, tmp_path: Path) -> Workspace:
    """A copy of the finished zoo that a test may change."""
    return built.copy(tmp_path / "copy")


@pytest.fixture
def empty(tmp_path: Path) -> Workspace:
    """A workspace in which nothing was built."""
    return Workspace.create(tmp_path / "empty", miniature_config())
