"""Google's store in small: lists and reads as Arrow asks (JSON), and as polars does (XML)."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from tests.support.bucket import objects

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OBJECTS = objects()
TOKEN = {"access_token": "a", "expires_in": 3600, "token_type": "Bearer", "id_token": "i"}


class _Store(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._answer(200, json.dumps(TOKEN).encode())

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        asked = {key: values[0] for key, values in parse_qs(url.query).items()}
        path = unquote(url.path)
        found = re.fullmatch(r"(?:/download)?/storage/v1/b/([^/]+)(?:/o(?:/(.*))?)?", path)
        bucket, name = found.groups() if found else path.lstrip("/").partition("/")[::2]
        if bucket != "tables" or (name and name not in OBJECTS):
            self._answer(404, b"{}")
        elif found and not name:
            self._answer(200, _listed(asked.get("prefix", "")))
        elif found and asked.get("alt") != "media":
            self._answer(200, json.dumps(_described(str(name))).encode())
        else:
            self._read(OBJECTS[str(name)])

    def _read(self, cells: bytes) -> None:
        said = {"Last-Modified": "Mon, 01 Jan 2024 00:00:00 GMT", "ETag": '"e"'}
        asked = re.match(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")
        if asked is None:
            self._answer(200, cells, said)
            return
        start, end = int(asked[1]), min(int(asked[2] or len(cells)), len(cells) - 1)
        said["Content-Range"] = f"bytes {start}-{end}/{len(cells)}"
        self._answer(206, cells[start : end + 1], said)

    def _answer(self, code: int, body: bytes, said: dict[str, str] | None = None) -> None:
        self.send_response(code)
        for key, value in {"Content-Length": str(len(body)), **(said or {})}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _described(name: str) -> dict[str, Any]:
    known = {"bucket": "tables", "generation": "1", "updated": "2024-01-01T00:00:00Z"}
    return {"kind": "storage#object", "name": name, "size": str(len(OBJECTS[name])), **known}


def _listed(prefix: str) -> bytes:
    items = [_described(name) for name in sorted(OBJECTS) if name.startswith(prefix)]
    return json.dumps({"kind": "storage#objects", "items": items}).encode()


@contextmanager
def served(folder: Path) -> Iterator[None]:
    """The bucket `gs://tables`, whose place and credentials the environment says."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Store)
    Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}"
    user = dict.fromkeys(("client_id", "client_secret", "refresh_token"), "x")
    key = dict.fromkeys(("client_email", "private_key", "private_key_id"), "")
    files = {
        "GOOGLE_APPLICATION_CREDENTIALS": {
            "type": "authorized_user",
            "token_uri": f"{address}/token",
            **user,
        },
        "GOOGLE_SERVICE_ACCOUNT": {"gcs_base_url": address, "disable_oauth": True, **key},
    }
    with server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLOUD_STORAGE_EMULATOR_ENDPOINT", address)
        for name, said in files.items():
            (folder / name).write_text(json.dumps(said))
            patch.setenv(name, str(folder / name))
        yield
        server.shutdown()
