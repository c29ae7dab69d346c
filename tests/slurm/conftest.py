"""A SLURM of two nodes for the tests in this folder."""

from collections.abc import Iterator

import pytest
from cluster import SlurmCluster, missing_programs, running_cluster
from requirements import unavailable


@pytest.fixture(scope="session")
def cluster() -> Iterator[SlurmCluster]:
    """The running cluster; where SLURM is not installed, a failure in CI and a skip elsewhere."""
    if absent := missing_programs():
        unavailable(f"not installed: {', '.join(absent)} (Debian: slurm-wlm, munge)")
    with running_cluster() as started:
        yield started
    assert not started.processes()
    assert not started.folder.exists()
