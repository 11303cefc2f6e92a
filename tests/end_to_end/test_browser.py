"""A real browser loads an exported folder and predicts a row that has a hole."""

from __future__ import annotations

import html
import json
import math
import re
import shutil
import subprocess
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import datacheck as dc

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PENGUIN = {
    "species": "Adelie",
    "island": "Dream",
    "bill_length_mm": None,
    "bill_depth_mm": 18.7,
    "flipper_length_mm": 181,
    "body_mass_g": 9999,
    "sex": None,
    "year": 2007,
}

#: As root, and with no network but the machine's own.
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class Handler(SimpleHTTPRequestHandler):
    """A site that forbids `eval`, as careful sites do."""

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", "script-src 'self'")
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def transform(root: Path) -> dc.Transform:
    return dc.fit(root / "sample_data" / "penguins.csv", root / "schemas" / "penguins.yaml")


@pytest.fixture(scope="module")
def site(
    root: Path, transform: dc.Transform, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("site")
    transform.export("javascript", folder / "penguins")
    tf = root / "node_modules/@tensorflow/tfjs/dist/tf.es2017.min.js"  # tf.min.js itself needs eval
    shutil.copy(tf, folder / "tf.js")
    for name in ("page.html", "page.js"):
        shutil.copy(root / "tests" / "js" / name, folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def visit(address: str, profile: Path) -> dict[str, Any]:
    """What the page shows once its scripts have run."""
    command = ["chromium", *FLAGS, f"--user-data-dir={profile}"]
    command += ["--virtual-time-budget=20000", "--dump-dom", address]
    run = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, timeout=120)
    found = re.search(r'<pre id="result">(.+?)</pre>', run.stdout, re.DOTALL)
    assert found, run.stdout + run.stderr
    shown: dict[str, Any] = json.loads(html.unescape(found[1]))
    return shown


def test_a_row_with_a_hole_predicts(site: str, transform: dc.Transform, tmp_path: Path) -> None:
    shown = visit(f"{site}/page.html?with=datacheck", tmp_path)
    out = transform.apply_row(PENGUIN)
    numbers = [value for value in out.values() if isinstance(value, float)]
    assert [np.float32(text) for text in shown["inputs"]] == [np.float32(x) for x in numbers]
    prediction = sum(x * (at + 1) for at, x in enumerate(numbers)) + 0.5
    assert float(shown["prediction"]) == pytest.approx(prediction, rel=1e-5)


def test_without_it_the_hole_becomes_nan(site: str, tmp_path: Path) -> None:
    shown = visit(f"{site}/page.html?with=nan", tmp_path)
    assert shown["inputs"][0] == "NaN"
    assert math.isnan(float(shown["prediction"]))


def test_without_it_null_becomes_zero_in_silence(site: str, tmp_path: Path) -> None:
    shown = visit(f"{site}/page.html?with=null", tmp_path)
    assert shown["inputs"][0] == "0"
    assert math.isfinite(float(shown["prediction"]))
