"""A new study: a folder in which `snakemake` finds the workflow, a config and a profile.

The workflow is that of the library, so that both always have one version. It lies in the package as
pip installs it, or in the repository around it.
"""

import shutil
from pathlib import Path

import yaml

from mergeability.files import check_free
from mergeability.recommendation.candidate_files import find_models_in_place
from mergeability.workflow.checks import config_problems
from mergeability.yaml_files import read_yaml

_SNAKEFILE = '''"""What config/config.yaml says, by the workflow of the library mergeability."""

from mergeability.workflow.layout import snakefile


include: snakefile()


# Snakemake forgets the default target of what it includes.
workflow.default_target = "all"
'''

_OF_MODELS = """\
# These models are compared by their weights: the metrics of all pairs, as a table and a figure.
# `merges` writes some of them as models, `commands` evaluate them: docs/any_architecture.md. Every
# key is explained in config/README.md.

gpus_per_job: 0

"""


def repository() -> Path:
    """The folder that holds `workflow`, `config` and `profiles` of this version."""
    package = Path(__file__).parents[1]
    carried = package / "repository"
    return carried if carried.is_dir() else package.parents[1]


def snakefile() -> str:
    """The path of the workflow, for Snakemake to include.

    Raises `FileNotFoundError`, with the cure, where the library came without it.
    """
    path = repository() / "workflow/Snakefile"
    if not path.is_file():
        raise FileNotFoundError(
            f"{path}: there is no workflow beside the library; install it with pip from a wheel or "
            "a checkout"
        )
    return str(path)


def lay_out(folder: Path, config: str) -> None:
    """Make `folder` a study of a config, a text in YAML; it runs by `snakemake --cores 2` there.

    Raises `FileExistsError` where something is in its place, and `ValueError` for a config that
    has mistakes; nothing is written then.
    """
    check_free(folder)
    source = Path(snakefile()).parents[1]
    if problems := config_problems(yaml.safe_load(config)):
        raise ValueError("; ".join(problems))
    shutil.copytree(source / "profiles", folder / "profiles", dirs_exist_ok=True)
    (folder / "config").mkdir()
    shutil.copy(source / "config/README.md", folder / "config")
    (folder / "config/config.yaml").write_text(config, encoding="utf-8")
    (folder / "Snakefile").write_text(_SNAKEFILE, encoding="utf-8")


def demo_config() -> str:
    """The config of the demo, a text in YAML."""
    return (Path(snakefile()).parents[1] / "config/config.yaml").read_text(encoding="utf-8")


def config_of_models(folder: Path, base: Path) -> str:
    """A config, a text in YAML, that compares the models in `folder` and below it beside `base`.

    They may be of any architecture. Raises `ValueError` or `OSError` where there are fewer than
    two, or two of one name.
    """
    found = find_models_in_place(folder)
    checkpoints = {
        name: {"path": str(path.resolve())}
        for name, path in found.items()
        if path.resolve() != base.resolve()
    }
    if len(checkpoints) < 2:
        raise ValueError(
            f"{folder}: {len(checkpoints)} models in it and below it, a pair needs two; name the "
            "folder that holds them"
        )
    screening = read_yaml(Path(snakefile()).parents[1] / "config/screening.yaml")
    zoo = {"seed": 0, "backbone": "base", "checkpoints": checkpoints}
    parts = {
        **screening,
        "backbones": {"base": {"source": "weights", "path": str(base.resolve())}},
        "zoos": {"mine": zoo},
    }
    del parts["gpus_per_job"]
    text = "\n".join(yaml.safe_dump({key: parts[key]}, sort_keys=False) for key in parts)
    return _OF_MODELS + text
