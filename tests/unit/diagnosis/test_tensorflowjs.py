"""Models of TensorFlow.js from Python, in the real Node: layers, graphs, and what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import pytest

import datacheck as dc
from datacheck.cli import main
from datacheck.errors import ArtefactError, DataError

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("models")
    (made / "node_modules").symlink_to(ROOT / "node_modules")
    subprocess.run(["node", "tests/js/save_models.mjs", made], cwd=ROOT, check=True)
    return made


def table(spoil=()):
    rows = np.random.default_rng(0).uniform(1, 2, (40, 3))
    for row, column, value in spoil:
        rows[row, column] = value
    return {name: rows[:, at].tolist() for at, name in enumerate(("age", "income", "rooms"))}


def test_a_layers_model_by_the_command_line(folder, tmp_path, capsys):
    data = table([(7, 1, float("nan"))])
    data["income"] = ["?" if np.isnan(value) else str(value) for value in data["income"]]
    lines = [",".join(data)] + [",".join(map(str, row)) for row in zip(*data.values(), strict=True)]
    (tmp_path / "x.csv").write_text("\n".join(lines) + "\n")
    model = folder / "layers" / "model.json"
    assert main(["diagnose", str(model), "--data", str(tmp_path / "x.csv"), "--json"]) == 1
    (found,) = json.loads(capsys.readouterr().out)["findings"]
    assert (found["code"], found["column"], found["rows"]) == ("nan.input", "income", [7])
    assert (found["values"], found["evidence"]["cause"]) == (["?"], "unreadable")
    assert found["evidence"]["reached"] == "hidden"


def test_a_graph_model_log_of_a_negative_and_of_zero(folder):
    """The logarithm of 0 becomes 0 in the sigmoid, rightly; that of -4 is NaN."""
    model = folder / "graph" / "model.json"
    assert dc.diagnose(model, table()).findings == ()
    (found,) = dc.diagnose(model, table([(3, 2, -4.0), (9, 2, 0.0)])).findings
    assert (found.code, found.column, found.rows) == ("nan.op", "rooms", (3,))
    assert found.evidence["cause"] == "log_negative"
    assert found.evidence["step"] == "price/Log"
    assert found.evidence["columns_found_by"] == "place"


def test_a_width_that_does_not_fit(folder):
    with pytest.raises(DataError, match="takes 3 numbers"):
        dc.diagnose(folder / "layers" / "model.json", {"a": [1.0], "b": [2.0]})


def test_without_tensorflow_js_it_says_what_to_install(tmp_path, monkeypatch, folder):
    text = (folder / "layers" / "model.json").read_text()
    (tmp_path / "model.json").write_text(text)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ArtefactError, match="npm install"):
        dc.diagnose(tmp_path / "model.json", table())


HARMS = {
    "missing": None,
    "cut": lambda data: data[:-4],
    "cut within a number": lambda data: data[:-1],
    "shifted": lambda data: data[:8] + data[4:],
    "longer": lambda data: data + bytes(4),
    "empty": lambda data: b"",
}


@pytest.mark.parametrize("harm", HARMS)
def test_a_file_of_weights_that_is_torn_is_no_model(tmp_path, folder, harm):
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    document = json.loads((folder / "layers" / "model.json").read_text())
    weights = (folder / "layers" / "weights.bin").read_bytes()
    document["weightsManifest"][0]["paths"] = ["1.bin", "2.bin"]
    (tmp_path / "model.json").write_text(json.dumps(document))
    (tmp_path / "1.bin").write_bytes(weights[:40])
    (tmp_path / "2.bin").write_bytes(weights[40:])
    assert dc.diagnose(tmp_path / "model.json", table()).ok
    if HARMS[harm] is None:
        (tmp_path / "1.bin").unlink()
    else:
        (tmp_path / "1.bin").write_bytes(HARMS[harm](weights[:40]))
    with pytest.raises(ArtefactError, match=r"(?s)1\.bin.*copy the model's files again"):
        dc.diagnose(tmp_path / "model.json", table())


def test_weights_out_of_the_folder_are_not_read(tmp_path, folder):
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    document = json.loads((folder / "layers" / "model.json").read_text())
    document["weightsManifest"][0]["paths"] = [f"../{folder.name}/layers/weights.bin"]
    (tmp_path / "model.json").write_text(json.dumps(document))
    with pytest.raises(ArtefactError, match="out of the folder"):
        dc.diagnose(tmp_path / "model.json", table())


@pytest.mark.parametrize("text", ["{}", "[1]", "no json"])
def test_other_json_is_refused(tmp_path, text):
    (tmp_path / "model.json").write_text(text)
    with pytest.raises(ArtefactError, match=r"no model|no JSON"):
        dc.diagnose(tmp_path / "model.json", table())


@pytest.mark.parametrize("name", ["m.bin", "m.pkl"])
def test_other_files_are_refused(tmp_path, name):
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(ArtefactError, match="no model that can be opened"):
        dc.diagnose(tmp_path / name, table())


def test_skops(tmp_path):
    import skops.io
    from sklearn.linear_model import LinearRegression

    rows = np.random.default_rng(0).normal(size=(30, 3))
    skops.io.dump(LinearRegression().fit(rows, rows[:, 0]), tmp_path / "m.skops")
    (found,) = dc.diagnose(tmp_path / "m.skops", table([(5, 0, float("nan"))])).findings
    assert (found.code, found.column, found.rows) == ("nan.input", "age", (5,))


@pytest.mark.parametrize("name", ["m.pt", "m.pth", "m.pt2"])
def test_what_loads_through_pickle_is_refused_without_the_users_word(tmp_path, name):
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(ArtefactError, match="pickle") as raised:
        dc.diagnose(tmp_path / name, table())
    assert "torch.onnx.export" in str(raised.value)


@pytest.mark.parametrize(("name", "package"), [("m.txt", "lightgbm"), ("m.cbm", "catboost")])
def test_a_format_of_a_package_that_is_not_installed(tmp_path, monkeypatch, name, package):
    monkeypatch.setitem(sys.modules, package, None)
    (tmp_path / name).write_text("tree")
    with pytest.raises(dc.ArtefactError, match=f"pip install {package}"):
        dc.diagnose(tmp_path / name, table([(1, 2, 3)]))


def test_a_folder_of_tensorflow_needs_trust(tmp_path):
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "saved_model.pb").write_bytes(b"")
    with pytest.raises(dc.ArtefactError, match="--trust"):
        dc.diagnose(tmp_path / "m", table([(1, 2, 3)]))


def test_a_skops_file_that_unfolds_to_far_more_than_it_holds_is_not_unfolded(tmp_path, monkeypatch):
    import skops.io

    monkeypatch.setattr(skops.io, "get_untrusted_types", None)
    with (
        ZipFile(tmp_path / "m.skops", "w", ZIP_DEFLATED) as archive,
        archive.open("schema.json", "w", force_zip64=True) as member,
    ):
        for _ in range(300):
            member.write(bytes(2**20))
    with pytest.raises(dc.ArtefactError, match="unfolds"):
        dc.diagnose(tmp_path / "m.skops", table([(1, 2, 3)]))
