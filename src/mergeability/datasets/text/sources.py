"""Which package holds the texts of a task; other versions of it are no matter of the task."""

from mergeability.datasets.text.registry import TEXT_TASKS, constant_of
from mergeability.packages import PACKAGES
from mergeability.plugins import PluginError
from mergeability.suggestions import unknown


def package_of(task: str) -> str:
    """The name of the package; `PluginError` for one that `mergeability.packages` does not have."""
    name = constant_of(task, "PACKAGE")
    for problem in unknown(f"{TEXT_TASKS.path(task)}: PACKAGE", [name], PACKAGES):
        raise PluginError(problem)
    return str(name)
