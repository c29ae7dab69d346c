"""Where foreign files are: on this disk, or fetched from a hub and described by a manifest."""

import os
from pathlib import Path
from typing import NamedTuple

from mergeability.checkpoints.model_files import INDEX, model_files
from mergeability.files import read_json, sha256_of, write_json

_KEYS = {"repo", "file", "revision", "sha256", "path"}


class Source(NamedTuple):
    """A foreign file whose content was checked, or a foreign folder."""

    path: Path
    sha256: str | dict[str, str]  # of a folder: by its files
    name: str  # of the file or folder, or repository, file and revision on the hub


def write_manifest(
    manifest: str | Path, repo: str, file: str, revision: str, location: Path, sha256: str
) -> None:
    """Write down what was fetched, and where it lies as seen from the folder of the manifest."""
    folder = Path(manifest).parent
    folder.mkdir(parents=True, exist_ok=True)
    # The cache holds links; the last one carries the name of the file, which says what it is.
    lies = os.path.relpath(location.parent.resolve() / location.name, folder.resolve())
    content = {"repo": repo, "file": file, "revision": revision, "sha256": sha256, "path": lies}
    write_json(manifest, {**content, "size": location.stat().st_size})


def locate(source: str | Path, sha256: str | None = None) -> Source:
    """The file or folder `source`, or the file that a manifest (*.json) names.

    The checksum of a file is compared with `sha256`, where given, and with that of the manifest.
    Raises `ValueError` where it differs or the JSON file is no manifest, and `FileNotFoundError`
    where there is nothing.
    """
    path, name, expected = Path(source), Path(source).name, [sha256]
    if path.is_dir() or path.name.endswith(INDEX):
        return Source(path, checksums(path), name)
    if path.suffix == ".json":
        manifest = read_json(path)
        if not isinstance(manifest, dict) or not manifest.keys() >= _KEYS:
            raise ValueError(
                f"{path}: not a manifest of a fetched file; name the weights themselves"
            )
        name = f"{manifest['repo']}/{manifest['file']}@{manifest['revision']}"
        expected.append(manifest["sha256"])
        path = path.parent.resolve() / manifest["path"]
    if not path.is_file():
        cure = f"; delete {source} to fetch it again" if path != Path(source) else ""
        raise FileNotFoundError(f"{path}: there is no such file{cure}")
    actual = sha256_of(path)
    for checksum in filter(None, expected):
        if actual != checksum.lower():
            raise ValueError(
                f"{path}: sha256 is {actual}, expected {checksum}; the file is damaged or another "
                "one: fetch it again, or correct the expected sha256"
            )
    return Source(path, actual, name)


def checksums(path: Path) -> dict[str, str]:
    """SHA-256 of all files of a model in a folder or file, by their names as seen from there."""
    folder = path if path.is_dir() else path.parent
    return {str(file.relative_to(folder)): sha256_of(file) for file in model_files(path)}
