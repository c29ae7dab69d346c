"""Finished zoos whose sources tests may change."""

import shutil

import pytest
from workspace import Workspace


@pytest.fixture(scope="module")
def finished(built, tmp_path_factory):
    """A copy of the finished zoo, put back after each test that only changes its sources."""
    return built.copy(tmp_path_factory.mktemp("finished") / "copy")


@pytest.fixture
def edited(finished, built):
    """For changes of config and code: nothing is run, so the sources alone are put back."""
    yield Workspace(finished.folder, built.copy_config())
    for name in ("config", "src", "workflow"):
        shutil.rmtree(finished / name)
        shutil.copytree(built / name, finished / name)
