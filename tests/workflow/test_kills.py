"""Killed runs, on this machine. `python tests/kills.py` does the same a hundred times."""

import shutil

import pytest
from kills import kill_and_resume

pytestmark = pytest.mark.slow


def test_killed_runs_leave_whole_files_and_lose_only_jobs_in_flight(copied, built):
    for name in ("evaluations/ties", "metrics", "sketches"):
        shutil.rmtree(copied / f"results/mini/{name}")
    record = kill_and_resume(copied, built, kills=5, seed=0)
    assert record.kills == 5
    assert record.jobs_done_before_kills > 0
    assert record.corrupt == []
    assert record.lost == []
