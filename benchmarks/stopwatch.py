"""Seconds and peak memory of the stages of a process (Linux)."""

from pathlib import Path
from time import perf_counter
from typing import NamedTuple


class Lap(NamedTuple):
    """What one stage took; its peak counts the whole process, libraries and mapped files too."""

    seconds: float
    gigabytes: float


class Stopwatch:
    """Laps by name, each from the end of the one before."""

    def __init__(self) -> None:
        self.laps: dict[str, Lap] = {}
        self._start()

    def stop(self, name: str) -> None:
        """End the lap `name`; what is stopped twice is added up."""
        seconds = perf_counter() - self._last
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        peak = int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e9
        before = self.laps.get(name, Lap(0.0, 0.0))
        self.laps[name] = Lap(before.seconds + seconds, max(before.gigabytes, peak))
        self._start()

    def _start(self) -> None:
        Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")  # forgets the peak so far
        self._last = perf_counter()


Laps = dict[str, Lap]
