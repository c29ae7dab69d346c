"""A SLURM of two nodes for the tests in this folder."""

import os
from collections.abc import Iterator

import pytest
from cluster import SlurmCluster, missing_programs, running_cluster


@pytest.fixture(scope="session")
def cluster() -> Iterator[SlurmCluster]:
    """The running cluster; where SLURM is not installed, a failure in CI and a skip elsewhere."""
    if absent := missing_programs():
        reason = f"not installed: {', '.join(absent)} (Debian: slurm-wlm, munge)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with running_cluster() as started:
        yield started
    assert not started.processes()
    assert not started.folder.exists()
