"""The wheel carries the workflow too, for studies that `mergeability init` lays out."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

CARRIED = ("config", "profiles", "workflow")  # Snakemake's catalog asks for them in the root


class BuildWithWorkflow(build_py):
    """Copies them into the package, but for editable installations, which find them in place."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        for name in CARRIED:
            out = Path(self.build_lib, "mergeability/repository", name)
            shutil.copytree(
                name, out, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True
            )


setup(cmdclass={"build_py": BuildWithWorkflow})
