"""Fixtures that several test folders share."""

import os
from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "shared"


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """Reference data beside the repository; its absence is a failure where CI is set."""
    if SHARED.is_dir():
        return SHARED
    reason = f"reference data not found at {SHARED}"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
