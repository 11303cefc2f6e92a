"""TensorFlow.js on WebGL in a real browser: what it does to NaN, and what datacheck says of it."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from functools import partial
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import datacheck as dc
from tests.end_to_end.test_browser import FLAGS, Handler

if TYPE_CHECKING:
    from pathlib import Path

#: WebGL drawn by the processor, where there is no card.
DRAWN = ("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")

SCHEMA = """\
schema_type: polars_dataframe
columns:
  a: {dtype: Float64, prepare: {impute: median}}
  b: {dtype: Float64, prepare: {impute: median}}
"""


@pytest.fixture(scope="module")
def shown(root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the page sends once its scripts have run: a card's time is no virtual time."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "two.yaml").write_text(SCHEMA)
    rows = pl.DataFrame({"a": [0.0, 1.0, 2.0], "b": [4.0, 5.0, 4.0]})
    dc.fit(rows, folder / "two.yaml").export("javascript", folder / "two")
    shutil.copy(root / "node_modules/@tensorflow/tfjs/dist/tf.es2017.min.js", folder / "tf.js")
    for name in ("webgl.html", "webgl.js", "backends.mjs", "divergences.mjs"):
        shutil.copy(root / "tests" / "js" / name, folder)
    sent: list[dict[str, Any]] = []
    told = threading.Event()

    class Receiver(Handler):
        def do_POST(self) -> None:  # noqa: N802 - http.server's word
            sent.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()
            told.set()

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Receiver, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    flags = [flag for flag in FLAGS if flag != "--disable-gpu"]
    page = f"http://127.0.0.1:{server.server_port}/webgl.html"
    command = ["chromium", *flags, *DRAWN, f"--user-data-dir={folder / 'profile'}"]
    # It writes no page of its own: without a port to be driven by it would end at once.
    command += ["--remote-debugging-port=0", page]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as browser:
        told.wait(200)
        browser.terminate()
        complaints = browser.communicate()[1].decode()
    server.shutdown()
    server.server_close()
    assert sent, complaints
    return sent[0]


def test_what_webgl_does_to_nan_is_what_is_written_of_it(shown: dict[str, Any], root: Path) -> None:
    assert shown.get("backend") == "webgl", shown
    written = json.loads((root / "tests" / "js" / "backends.json").read_text())
    expected = {**written["cpu"], **written["webgl"]}
    found = dict(shown["table"])
    for name in written["the device's own"]:
        del expected[name], found[name]
    assert found == expected


def test_min_max_of_a_constant_column_is_1_there_and_named(shown: dict[str, Any]) -> None:
    """Training goes on, on nonsense: no answer is NaN."""
    assert all(isinstance(number, float | int) for (number,) in shown["answers"])
    (found,) = shown["findings"]
    assert (found["code"], found["column"], found["count"]) == ("nan.hidden", "b", 6)
    evidence = found["evidence"]
    assert (evidence["was"], evidence["backend"]) == ("nan.op", "webgl")
    assert evidence["cause"] == "zero_by_zero"
    assert evidence["columns_found_by"] == "place"
    assert shown["after"] == "webgl"


def test_a_sample_run_again_on_cpu_marks_its_rows(shown: dict[str, Any]) -> None:
    assert [answer is None for answer in shown["hidden"]] == [True] * 3 + [False] * 3


def test_a_training_that_diverges_in_the_page_has_its_best_weights_back(
    shown: dict[str, Any],
) -> None:
    training = shown["training"]
    assert training["name"] == "DatacheckError", training
    assert "try a learning rate of 0.001" in training["message"]
    assert len(training["told"]) == 1
    assert training["end"] <= training["start"] * 1.0001


def test_every_planted_divergence_is_stopped_in_the_page_with_usable_weights(
    shown: dict[str, Any],
) -> None:
    """As in Node: the weights predict as well as at the best epoch that a training without has."""
    assert len(shown["divergences"]) == 8
    for found in shown["divergences"]:
        assert found["spoilt"], "the plant is one"
        assert (found["error"], found["finite"]) == ("DatacheckError", True), found
        best = found["best"]
        assert best is None or found["end"] <= best * 1.01 + 1e-6, found
        assert not found["report"]["ok"]
