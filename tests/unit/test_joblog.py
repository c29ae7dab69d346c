import warnings

import pytest

from mergeability.joblog import job_log, logger, progress


def test_messages_warnings_and_the_traceback_reach_the_log(tmp_path, capsys):
    path = tmp_path / "logs" / "job.log"
    with pytest.raises(ZeroDivisionError), job_log(path):
        logger.info("a detail")
        warnings.warn("careful", stacklevel=1)
        1 / 0  # noqa: B018
    text = path.read_text()
    assert "a detail" in text
    assert "careful" in text
    assert "ZeroDivisionError" in text
    assert capsys.readouterr().err == ""


def test_progress_is_shown_on_the_terminal_too(tmp_path, capsys):
    with job_log(tmp_path / "job.log"):
        assert list(progress("abc", 3, "training", every_seconds=0)) == ["a", "b", "c"]
    assert "training: 2 of 3" in capsys.readouterr().err
    assert "training: 2 of 3" in (tmp_path / "job.log").read_text()
