import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hub_server import LocalHub
from requirements import unavailable

from mergeability.hub import download_file, list_files, resolve_revision

pytestmark = pytest.mark.usefixtures("hub")

CONTENT = random.Random(0).randbytes(25_000_000)  # three times what the client reads at once

FETCH = """
import sys
from mergeability.hub import download_file, list_files
try:
    list_files("maker/things")
    print(download_file("maker/things", "big.bin", cache=sys.argv[1]).size)
except OSError as error:
    sys.exit(str(error))
"""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalHub]:
    with LocalHub() as hub:
        hub.add("maker/things", "model", {"big.bin": CONTENT, "deep/er/small.bin": b"1"})
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        yield hub


def start(hub: LocalHub, cache: Path, **environment: str) -> subprocess.Popen[str]:
    """A process that fetches the big file of the repository; its settings are read at its start."""
    return subprocess.Popen(
        [sys.executable, "-c", FETCH, str(cache)],
        env={**os.environ, "HF_ENDPOINT": hub.url, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def files_below(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_file_is_fetched_once_and_described(hub, tmp_path):
    commit = resolve_revision("maker/things")
    first = download_file("maker/things", "deep/er/small.bin", cache=tmp_path)
    again = download_file("maker/things", "deep/er/small.bin", revision=commit, cache=tmp_path)
    assert first == again
    assert first.path.read_bytes() == b"1"
    assert first.path.is_relative_to(tmp_path)
    assert (first.size, first.revision) == (1, commit)
    assert first.sha256 == "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b"
    assert hub.fetched("small.bin") == 1


def test_revisions_are_kept_apart(hub, tmp_path):
    hub.add("maker/things", "model", {"deep/er/small.bin": b"2"}, "refs/convert/parquet")
    old = download_file("maker/things", "deep/er/small.bin", cache=tmp_path)
    new = download_file(
        "maker/things", "deep/er/small.bin", revision="refs/convert/parquet", cache=tmp_path
    )
    assert (old.path.read_bytes(), new.path.read_bytes()) == (b"1", b"2")
    assert list_files("maker/things", revision="refs/convert/parquet") == ["deep/er/small.bin"]


def test_all_files_are_listed_in_order(hub):
    hub.add("maker/things", "dataset", {"b": b"", "a/c": b""})
    assert list_files("maker/things") == ["big.bin", "deep/er/small.bin"]
    assert list_files("maker/things", repo_type="dataset") == ["a/c", "b"]


def test_a_connection_that_breaks_is_taken_up_where_it_broke(hub, tmp_path):
    hub.fail("cut", "big.bin", 15_000_000, times=1)
    assert download_file("maker/things", "big.bin", cache=tmp_path).path.read_bytes() == CONTENT
    ranges = [request.range for request in hub.requests if request.method == "GET"]
    assert ranges[0] is None
    assert 0 < int(ranges[1].removeprefix("bytes=").removesuffix("-")) <= 15_000_000


def test_a_hub_that_is_too_busy_for_a_moment_is_asked_again(hub, tmp_path):
    hub.fail("status", "small.bin", 429, times=1)
    download_file("maker/things", "deep/er/small.bin", cache=tmp_path)
    assert hub.fetched("small.bin") == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"repo": "maker/nothing"}, "model 'maker/nothing', .*no such repository"),
        ({"file": "no.bin"}, "model 'maker/things', file 'no.bin': there is no such file"),
        ({"revision": "v9"}, "at revision 'v9', file 'big.bin': there is no such revision"),
        ({"repo": "a/b/c"}, "'a/b/c'"),
    ],
)
def test_what_does_not_exist_is_named(tmp_path, arguments, message):
    wanted = {"repo": "maker/things", "file": "big.bin", **arguments}
    with pytest.raises(OSError, match=message):
        download_file(**wanted, cache=tmp_path)
    assert files_below(tmp_path) in ([], ["no.bin"])  # the client notes that there is none


@pytest.mark.parametrize(
    ("status", "headers", "message"),
    [
        (401, {}, "HF_TOKEN"),
        (403, {}, "access is denied; set HF_TOKEN"),
        (403, {"X-Error-Code": "GatedRepo"}, "accept its terms on the hub and set HF_TOKEN"),
        (404, {}, "the hub does not know it"),
        (418, {}, "418"),
    ],
)
def test_refusals_say_what_to_do(hub, tmp_path, status, headers, message):
    hub.fail("status", "big.bin", status, method="HEAD", headers=headers)
    with pytest.raises(OSError, match=f"file 'big.bin': .*{message}"):
        download_file("maker/things", "big.bin", cache=tmp_path)


def test_a_hub_that_stays_too_busy_is_left_alone(hub, tmp_path):
    hub.fail("status", "/api/", 429)
    hub.fail("status", "big.bin", 429)
    with pytest.raises(OSError, match=r"'maker/things': the hub limits the rate .* wait"):
        list_files("maker/things")
    with pytest.raises(OSError, match=r"'big.bin': the hub limits the rate .* wait"):
        download_file("maker/things", "big.bin", cache=tmp_path)
    assert files_below(tmp_path / "models--maker--things" / "blobs") == []


def test_a_hub_that_does_not_answer_is_given_up(hub, tmp_path):
    hub.fail("stall", "/api/")
    _, message = start(hub, tmp_path, HF_HUB_ETAG_TIMEOUT="1").communicate(timeout=30)
    assert "model 'maker/things': the hub did not answer in time; run again, or raise" in message


def test_a_transfer_that_stalls_is_taken_up_again(hub, tmp_path):
    hub.fail("stall", "big.bin", times=1)
    out, _ = start(hub, tmp_path, HF_HUB_DOWNLOAD_TIMEOUT="1").communicate(timeout=30)
    assert int(out) == len(CONTENT)


def test_without_a_connection_only_what_is_cached_can_be_had(tmp_path, monkeypatch):
    cached = download_file("maker/things", "deep/er/small.bin", cache=tmp_path)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    pinned = {"revision": cached.revision, "cache": tmp_path}
    assert download_file("maker/things", "deep/er/small.bin", **pinned) == cached
    with pytest.raises(
        OSError, match="no connection to the hub; check the network and HF_ENDPOINT"
    ):
        list_files("maker/things")


def test_offline_mode_is_named(hub, tmp_path):
    _, message = start(hub, tmp_path, HF_HUB_OFFLINE="1").communicate(timeout=30)
    assert "HF_HUB_OFFLINE is set; unset it" in message
    assert hub.requests == []


def test_wrong_bytes_are_detected_and_fetched_anew(hub, tmp_path):
    hub.fail("corrupt", "small.bin", times=1)
    with pytest.raises(ValueError, match=r"'deep/er/small.bin': sha256 is .* run again to fetch"):
        download_file("maker/things", "deep/er/small.bin", cache=tmp_path)
    download = download_file("maker/things", "deep/er/small.bin", cache=tmp_path)
    assert download.path.read_bytes() == b"1"


def test_a_file_that_was_damaged_in_the_cache_is_removed(tmp_path):
    download = download_file("maker/things", "deep/er/small.bin", cache=tmp_path)
    download.path.resolve().write_bytes(b"3")
    pinned = {"revision": download.revision, "cache": tmp_path}
    with pytest.raises(ValueError, match="the copy was removed"):
        download_file("maker/things", "deep/er/small.bin", **pinned)
    assert download_file("maker/things", "deep/er/small.bin", **pinned).path.read_bytes() == b"1"


def test_another_file_than_expected_is_refused(tmp_path):
    given = download_file("maker/things", "big.bin", cache=tmp_path).sha256
    download_file("maker/things", "big.bin", cache=tmp_path, sha256=given.upper())
    with pytest.raises(
        ValueError, match=f"sha256 is {given}, expected 00000.*correct the expected"
    ):
        download_file("maker/things", "big.bin", cache=tmp_path, sha256="0" * 64)


def test_two_processes_that_want_a_file_fetch_it_once(hub, tmp_path):
    both = [start(hub, tmp_path) for _ in range(2)]
    assert [process.communicate(timeout=60)[0].strip() for process in both] == ["25000000"] * 2
    assert hub.fetched("big.bin") == 1


def test_a_full_disk_leaves_nothing_behind(tmp_path):
    mount = ["mount", "-t", "tmpfs", "-o", "size=9m", "tmpfs", str(tmp_path)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        unavailable("this test mounts a small file system, which takes root")
    try:
        with pytest.raises(OSError, match=r"'big.bin': the disk is full; make room below "):
            download_file("maker/things", "big.bin", cache=tmp_path)
        assert files_below(tmp_path / "models--maker--things" / "blobs") == []
    finally:
        subprocess.run(["umount", tmp_path], check=True)
