"""The text tasks: each module `tasks/<task>.py` is one, and says all that is known of it.

    PACKAGE     the package of `mergeability.packages` that holds its texts
    CLASSES     label in the package -> class name; labels that are not named are left out
    TEMPLATES   prompts for zero-shot heads; `{}` stands for the class name
    read(wheel) -> (text, label) for every text in the open wheel, as often as it occurs

The constants are read from the source, so that checking a config imports nothing.
"""

from typing import Any

from mergeability.plugins import PACKAGE, Methods, PluginError

TEXT_TASKS = Methods(PACKAGE / "datasets/text/tasks", "read")


def text_task_names() -> tuple[str, ...]:
    """Names of all text tasks, sorted."""
    return tuple(TEXT_TASKS.names())


def classes_of(task: str) -> dict[str, str]:
    """Label in the package -> class name, in the order of classes."""
    classes: dict[str, str] = constant_of(task, "CLASSES")
    return classes


def templates_of(task: str) -> list[str]:
    """The prompts of a task; `{}` stands for the class name."""
    return list(constant_of(task, "TEMPLATES"))


def constant_of(task: str, name: str) -> Any:
    """The value of a constant of the task's module; `PluginError` where it is missing."""
    value = TEXT_TASKS.constant(task, name)
    if not value:
        raise PluginError(f"{TEXT_TASKS.path(task)}: {name} is missing")
    return value
