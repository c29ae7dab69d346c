"""Files from the Hugging Face hub: each is fetched once, checked, and kept in the hub's own cache.

The hub's address is `HF_ENDPOINT`, as everywhere; `HF_TOKEN`, `HF_HUB_OFFLINE` and the timeouts
`HF_HUB_ETAG_TIMEOUT` and `HF_HUB_DOWNLOAD_TIMEOUT` (seconds) are those of huggingface_hub.
"""

import errno
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from glob import escape
from pathlib import Path
from typing import NamedTuple

import httpx2
from huggingface_hub import HfApi, hf_hub_download, snapshot_download
from huggingface_hub.constants import ENDPOINT, HF_HUB_ETAG_TIMEOUT
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.hf_api import DatasetInfo, ModelInfo

from mergeability.files import sha256_of

_DISK_FULL = {errno.ENOSPC, errno.EDQUOT}

# What is wrong and what to do, by exception or HTTP status; the first that fits counts.
_EXPLANATIONS: Mapping[type[Exception] | int, str] = {
    GatedRepoError: "access is restricted; accept its terms on the hub and set HF_TOKEN",
    RepositoryNotFoundError: "there is no such repository; correct its name, or set HF_TOKEN if "
    "it is private",
    RevisionNotFoundError: "there is no such revision; correct it",
    RemoteEntryNotFoundError: "there is no such file; correct its path or the revision",
    401: "access is denied; set HF_TOKEN to a token that may read it",
    403: "access is denied; set HF_TOKEN to a token that may read it",
    404: "the hub does not know it; correct the name",
    429: "the hub limits the rate of requests (HTTP 429); wait some minutes and run again with "
    "fewer jobs at a time, or set HF_TOKEN, which raises the limit",
    OfflineModeIsEnabled: "it is not in the cache, and HF_HUB_OFFLINE is set; unset it, run again",
    httpx2.TimeoutException: "the hub did not answer in time; run again, or raise "
    "HF_HUB_DOWNLOAD_TIMEOUT and HF_HUB_ETAG_TIMEOUT (seconds)",
    httpx2.TransportError: "no connection to the hub; check the network and HF_ENDPOINT, and run "
    "again",
}


class Download(NamedTuple):
    """A file of the hub on this disk."""

    path: Path
    sha256: str
    size: int  # bytes
    revision: str  # the commit that the asked-for revision stands for


def download_file(
    repo: str,
    file: str,
    *,
    repo_type: str = "model",
    revision: str | None = None,
    cache: str | Path,
    sha256: str | None = None,
) -> Download:
    """Fetch `file` of a repository into `cache`, unless it is there, and check its content.

    `repo_type` is "model" or "dataset"; without a `revision` the default branch is taken. The file
    must have the checksum `sha256`, where one is given, and the one that the hub states for large
    files; a copy that has not is removed. A connection that breaks is taken up where it broke, and
    of several processes that want a file, one fetches it.

    Raises `ValueError` for a wrong checksum, and `OSError`, naming file and cure, where there is no
    such file, access to it is denied, the hub cannot be reached or the disk is full.
    """
    with _explained(f"{_name(repo, repo_type, revision)}, file {file!r}", cache):
        pointer = Path(
            hf_hub_download(
                repo,
                file,
                repo_type=repo_type,
                revision=revision,
                cache_dir=cache,
                endpoint=_endpoint(),
            )
        )
    actual = sha256_of(pointer)
    for expected in filter(None, (sha256, _stated_sha256(pointer))):
        if actual != expected.lower():
            _remove(pointer)
            raise ValueError(
                f"{_name(repo, repo_type, revision)}, file {file!r}: sha256 is {actual}, expected "
                f"{expected}; the copy was removed, run again to fetch it anew. If it differs "
                "again, correct the expected sha256 or the revision"
            )
    commit = pointer.parts[-1 - len(Path(file).parts)]
    return Download(pointer, actual, pointer.stat().st_size, commit)


def fetch_files(repo: str, revision: str | None, files: Sequence[str]) -> Path:
    """Fetch some files of a model into the hub's own cache, but for those that are there.

    Returns the folder that holds them, of one commit. Raises `OSError` as `download_file` does.
    """
    with _explained(_name(repo, "model", revision), "HF_HOME"):
        patterns = [escape(file) for file in files]
        folder = snapshot_download(
            repo, revision=revision, allow_patterns=patterns, endpoint=_endpoint()
        )
    return Path(folder)


def cached_files(repo: str, revision: str | None) -> Path | None:
    """The folder of what was fetched of a model before; None where there is none."""
    nothing = [""]  # else a file that was never asked for would be missed
    try:
        folder = snapshot_download(
            repo, revision=revision, local_files_only=True, allow_patterns=nothing
        )
    except LocalEntryNotFoundError:
        return None
    return Path(folder)


def list_files(repo: str, *, repo_type: str = "model", revision: str | None = None) -> list[str]:
    """Paths of all files of a repository, sorted; raises `OSError` as `download_file` does."""
    return sorted(file.rfilename for file in _repository(repo, repo_type, revision).siblings or ())


def resolve_revision(repo: str, *, repo_type: str = "model", revision: str | None = None) -> str:
    """The commit that a branch or tag stands for now; raises `OSError` as `download_file` does."""
    commit = _repository(repo, repo_type, revision).sha
    if commit is None:
        raise OSError(f"{_name(repo, repo_type, revision)}: the hub states no commit; run again")
    return commit


def _repository(repo: str, repo_type: str, revision: str | None) -> ModelInfo | DatasetInfo:
    api = HfApi(endpoint=_endpoint())
    look_up = api.dataset_info if repo_type == "dataset" else api.model_info
    with _explained(_name(repo, repo_type, revision)):
        return look_up(repo, revision=revision, timeout=HF_HUB_ETAG_TIMEOUT)


def _name(repo: str, repo_type: str, revision: str | None) -> str:
    return f"{repo_type} {repo!r}" + (f" at revision {revision!r}" if revision else "")


def _endpoint() -> str:
    """The hub's address; huggingface_hub itself looks at the environment only when imported."""
    return os.environ.get("HF_ENDPOINT", ENDPOINT)


@contextmanager
def _explained(what: str, cache: str | Path = "") -> Iterator[None]:
    """Turn whatever the client raises into one error that says what to do."""
    try:
        yield
    except (httpx2.HTTPError, OSError, HFValidationError) as error:
        # Where the hub does not answer and nothing is cached, the reason is in the cause.
        wrapped = isinstance(error, LocalEntryNotFoundError)
        reason = error.__cause__ if wrapped and error.__cause__ else error
        raise OSError(f"{what}: {_explanation(reason, cache)}") from error


def _explanation(error: BaseException, cache: str | Path) -> str:
    if isinstance(error, OSError) and error.errno in _DISK_FULL:
        return f"the disk is full; make room below {cache}, or move the cache, and run again"
    status = error.response.status_code if isinstance(error, HfHubHTTPError) else None
    for kind, explanation in _EXPLANATIONS.items():
        if kind == status or (isinstance(kind, type) and isinstance(error, kind)):
            return explanation
    return f"{' '.join(str(error).split())}; run again"


def _stated_sha256(pointer: Path) -> str | None:
    """The hub's checksum of a large file: its ETag, and so the name of the file behind the link."""
    etag = pointer.readlink().name if pointer.is_symlink() else ""
    return etag if re.fullmatch("[0-9a-f]{64}", etag) else None


def _remove(path: Path) -> None:
    """Remove a file of the cache, and all links on the way to it."""
    if path.is_symlink():
        _remove(path.parent / path.readlink())
    path.unlink(missing_ok=True)
