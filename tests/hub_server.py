"""A Hugging Face hub on this machine, as far as huggingface_hub's client needs one.

It serves repositories of models and datasets from memory, and misbehaves on demand. Point a process
to it with `HF_ENDPOINT`:

    with LocalHub() as hub:
        hub.add("owner/name", "dataset", {"data/train-0.parquet": content})
        subprocess.run(..., env={**os.environ, "HF_ENDPOINT": hub.url})
"""

import hashlib
import io
import json
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from PIL import Image
from pyarrow import parquet

_API = re.compile(
    r"/api/(?P<kind>model|dataset)s/(?P<repo>[^/]+/[^/]+)(?:/(?P<what>revision|tree)/(?P<revision>.+))?"
)
_FILE = re.compile(
    r"(?:/(?P<kind>dataset)s)?/(?P<repo>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<file>.+)"
)


class Request(NamedTuple):
    """One request that was received."""

    method: str
    path: str
    range: str | None


@dataclass
class Fault:
    """What is wrong with the answers to requests whose method and path match, `left` times."""

    kind: str  # "status", "stall", "cut" or "corrupt"
    method: str
    path: str  # a part of the path
    value: int = 0  # HTTP status, or number of bytes after which the connection is cut
    left: float = float("inf")
    headers: Mapping[str, str] = field(default_factory=dict)


class LocalHub:
    """The server; it runs while its context is entered."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.faults: list[Fault] = []
        self._repositories: dict[tuple[str, str], dict[str, dict[str, bytes]]] = {}
        self._lock = threading.Lock()
        self.closing = threading.Event()
        hub = self

        class Handler(_Handler):
            pass

        Handler.hub = hub
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "LocalHub":
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    def add(
        self, repo: str, repo_type: str, files: Mapping[str, bytes], revision: str = "main"
    ) -> str:
        """Serve `files` at a revision, also under its commit, which is returned."""
        commit = hashlib.sha1(repr(sorted(files.items())).encode()).hexdigest()
        repository = self._repositories.setdefault((repo_type, repo), {})
        repository[revision] = repository[commit] = dict(files)
        return commit

    def fail(
        self,
        kind: str,
        path: str,
        value: int = 0,
        *,
        method: str = "GET",
        times: float = float("inf"),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Misbehave: see `Fault`. Retries are asked for at once, so that tests do not wait."""
        self.faults.append(
            Fault(kind, method, path, value, times, {"Retry-After": "0", **(headers or {})})
        )

    def fetched(self, path: str) -> int:
        """How many GET requests asked for a path that contains `path`."""
        return sum(path in request.path for request in self.requests if request.method == "GET")

    def fault(self, request: Request) -> Fault | None:
        """Note a request, and return what shall be wrong with its answer."""
        with self._lock:
            self.requests.append(request)
            for fault in self.faults:
                if fault.left > 0 and fault.method == request.method and fault.path in request.path:
                    fault.left -= 1
                    return fault
        return None

    def find(self, kind: str, repo: str, revision: str) -> tuple[str, dict[str, bytes]] | str:
        """Commit and files of a revision, or the hub's code of the error."""
        if (kind, repo) not in self._repositories:
            return "RepoNotFound"
        revisions = self._repositories[kind, repo]
        if revision not in revisions:
            return "RevisionNotFound"
        files = revisions[revision]
        (commit,) = (r for r, same in revisions.items() if same == files and len(r) == 40)
        return commit, files


class _Handler(BaseHTTPRequestHandler):
    hub: LocalHub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def log_message(self, *_: object) -> None:
        pass

    def _answer(self) -> None:
        path = urlsplit(self.path).path
        fault = self.hub.fault(Request(self.command, path, self.headers.get("Range")))
        if fault and fault.kind == "stall":
            self.hub.closing.wait(60)
            self.close_connection = True
        elif fault and fault.kind == "status":
            self._send(fault.value, b"", fault.headers)
        elif match := _FILE.fullmatch(path):
            self._send_file(match, fault)
        elif match := _API.fullmatch(path):
            self._send_listing(match)
        else:
            self._send(404, b"", {})

    def _send_listing(self, match: re.Match[str]) -> None:
        found = self.hub.find(match["kind"], match["repo"], unquote(match["revision"] or "main"))
        if isinstance(found, str):
            self._send(404, b"", {"X-Error-Code": found})
            return
        commit, files = found
        content: Any = {
            "id": match["repo"],
            "sha": commit,
            "siblings": [{"rfilename": name} for name in files],
        }
        if match["what"] == "tree":
            content = [
                {"type": "file", "path": name, "size": len(data), "oid": _sha256(data)}
                for name, data in files.items()
            ]
        self._send(200, json.dumps(content).encode(), {"Content-Type": "application/json"})

    def _send_file(self, match: re.Match[str], fault: Fault | None) -> None:
        kind = match["kind"] or "model"
        found = self.hub.find(kind, match["repo"], unquote(match["revision"]))
        name = unquote(match["file"])
        if isinstance(found, str) or name not in found[1]:
            code = found if isinstance(found, str) else "EntryNotFound"
            self._send(404, b"", {"X-Error-Code": code})
            return
        commit, data = found[0], found[1][name]
        headers = {
            "X-Repo-Commit": commit,
            "ETag": f'"{_sha256(data)}"',
            "X-Linked-ETag": f'"{_sha256(data)}"',
            "X-Linked-Size": str(len(data)),
            "Accept-Ranges": "bytes",
        }
        status, start = 200, 0
        if wanted := re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range") or ""):
            status, start = 206, int(wanted[1])
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        if fault and fault.kind == "corrupt":
            data = bytes(255 - byte for byte in data)
        cut = fault.value if fault and fault.kind == "cut" else None
        self._send(status, data[start:], headers, cut)

    def _send(
        self, status: int, body: bytes, headers: Mapping[str, str], cut: int | None = None
    ) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body[:cut])
        if cut is not None:
            self.close_connection = True


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def encode_image(pixels: NDArray[np.uint8], form: str = "PNG", mode: str | None = None) -> bytes:
    """An image file of pixels [H, W] or [H, W, 3], converted to a mode such as "P" or "RGBA"."""
    image = Image.fromarray(pixels)
    file = io.BytesIO()
    (image.convert(mode) if mode else image).save(file, form)
    return file.getvalue()


def random_images(seed: int, count: int, largest: int = 60) -> list[bytes]:
    """PNG and JPEG files of noise, grey and coloured, of odd sizes."""
    rng = np.random.default_rng(seed)
    kinds = [("PNG", None), ("JPEG", None), ("PNG", "L"), ("JPEG", "L")]
    sizes = rng.integers(9, largest, (count, 2))
    return [
        encode_image(rng.integers(0, 256, (*size, 3), dtype=np.uint8), *kinds[i % len(kinds)])
        for i, size in enumerate(sizes)
    ]


def parquet_bytes(
    images: Sequence[bytes | None],
    labels: Any,
    class_names: Sequence[str] | None = None,
    columns: tuple[str, str] = ("image", "label"),
    change: Callable[[pa.Table], pa.Table] = lambda table: table,
) -> bytes:
    """A Parquet file as the hub holds them: a struct of image bytes, labels, and the features.

    `labels` is what pyarrow takes as an array; without `class_names` the label is a plain number.
    """
    image, label = columns
    label_feature: dict[str, Any] = {"dtype": "int64", "_type": "Value"}
    if class_names is not None:
        label_feature = {"names": list(class_names), "_type": "ClassLabel"}
    features = {image: {"_type": "Image"}, label: label_feature}
    struct = pa.array(
        [{"bytes": content, "path": None} for content in images],
        pa.struct([("bytes", pa.binary()), ("path", pa.string())]),
    )
    table = pa.table({image: struct, label: pa.array(labels)})
    metadata = {"huggingface": json.dumps({"info": {"features": features}})}
    file = io.BytesIO()
    parquet.write_table(change(table.replace_schema_metadata(metadata)), file)
    return file.getvalue()
