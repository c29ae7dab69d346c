"""One log file per job: messages, warnings and the traceback of whatever stops it."""

import logging
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import TypeVar

Item = TypeVar("Item")
logger = logging.getLogger("mergeability")


@contextmanager
def job_log(path: str | Path) -> Iterator[None]:
    """Log to `path` (everything) and to stderr (progress of long jobs, warnings)."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    to_file = logging.FileHandler(path, mode="w", encoding="utf-8")
    to_file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    to_terminal = logging.StreamHandler(sys.stderr)
    to_terminal.addFilter(_is_for_terminal)
    logger.setLevel(logging.INFO)
    logger.handlers = [to_file, to_terminal]
    logging.captureWarnings(True)
    of_warnings = logging.getLogger("py.warnings")
    of_warnings.handlers = [to_file]
    try:
        yield
    except BaseException:
        logger.exception("job failed")
        raise
    finally:
        logger.handlers, of_warnings.handlers = [], []
        logging.captureWarnings(False)
        to_file.close()


@contextmanager
def terminal_log() -> Iterator[None]:
    """Progress of long work and warnings to stderr, for commands."""
    to_terminal = logging.StreamHandler(sys.stderr)
    to_terminal.addFilter(_is_for_terminal)
    logger.setLevel(logging.INFO)
    logger.addHandler(to_terminal)
    try:
        yield
    finally:
        logger.removeHandler(to_terminal)


def _is_for_terminal(record: logging.LogRecord) -> bool:
    """Progress and warnings; the traceback of a failed job reaches stderr by itself."""
    return hasattr(record, "progress") or record.levelno == logging.WARNING


def progress(
    items: Iterable[Item], total: int, title: str, every_seconds: float = 15.0
) -> Iterator[Item]:
    """Yield `items`, and say at intervals how many are done and how long the rest will take."""
    start = last = monotonic()
    for done, item in enumerate(items):
        now = monotonic()
        if done and now - last >= every_seconds:
            last = now
            left = (now - start) / done * (total - done)
            logger.info(
                "%s: %d of %d, about %.0f s left",
                title,
                done,
                total,
                left,
                extra={"progress": True},
            )
        yield item
