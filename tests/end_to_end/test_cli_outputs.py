"""Every verb refuses to write over what it reads, and writes all of its files or none."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import numpy as np
import onnx
import pytest

from datacheck import files
from datacheck.cli import main
from datacheck.errors import SourceError

SCHEMA = """\
schema_type: polars_dataframe
name: S
columns:
  x: {dtype: Float64, nullable: true, prepare: {impute: median, scale: robust}}
"""

VERBS = {
    "fit": "fit d.csv --schema s.yaml -o {} --force",
    "apply": "apply d.csv --transform t.json -o {} --force",
    "split": "split d.csv --schema s.yaml --valid {} --rejected bad.csv --force",
    "split's other": "split d.csv --schema s.yaml --valid ok.csv --rejected {} --force",
    "suggest": "suggest d.csv -o {} --force",
    "profile": "profile d.csv -o {} --force",
    "check": "check d.csv --schema s.yaml --html {} --force",
    "compare": "compare d.csv e.csv --html {} --force",
    "export": "export t.json --to sql -o {} --force",
    "import": "import dbt dbt.yml --table m --related o=d.csv -o {} --force",
}


@pytest.mark.parametrize("verb", VERBS)
def test_an_input_is_never_overwritten(
    tmp_path: Path,
    verb: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("d.csv", "e.csv"):
        Path(name).write_text("x\n1.5\n2.5\n\n4.5\n5.5\n".replace("\n\n", "\n3.5\n"))
    Path("s.yaml").write_text(SCHEMA)
    Path("dbt.yml").write_text("models: [{name: m, columns: [{name: x, data_type: double}]}]\n")
    assert main(["fit", "d.csv", "--schema", "s.yaml", "-o", "t.json"]) == 0
    words = VERBS[verb].split()
    inputs = [word for word in words if Path(word).is_file()]
    assert inputs
    before = {name: Path(name).read_bytes() for name in inputs}
    for name in inputs:
        Path("link").unlink(missing_ok=True)
        Path("link").symlink_to(name)
        for output in (name, "link", f"../{tmp_path.name}/{name}"):
            assert main([word.format(output) for word in words]) == 2
            assert "is an input of this very work" in capsys.readouterr().err
    assert {name: Path(name).read_bytes() for name in inputs} == before


def test_a_part_of_an_input_is_never_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The weights of a model in files of their own, and the log of a database."""
    monkeypatch.chdir(tmp_path)
    names = ["m.data", "w" * 200, "sub/w.bin"]
    Path("sub").mkdir()
    save_beside(Path("m.onnx"), names)
    shards = {"modelTopology": {}, "weightsManifest": [{"paths": ["1.bin", "2.bin"]}]}
    Path("model.json").write_text(json.dumps(shards))
    for name in ("1.bin", "2.bin", "d.csv", "t.json"):
        Path(name).write_text("x\n")
    with sqlite3.connect("w.db") as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE t AS SELECT 1.5 AS x")
    diagnosed = "diagnose {} --data d.csv --force --html"
    for words, parts in {
        diagnosed.format("m.onnx"): names,
        diagnosed.format("model.json"): ["1.bin", "2.bin"],
        "export t.json --to onnx --force --merge-into m.onnx -o": names,
        "check sqlite:///w.db --query TABLE --force --html": ["w.db-wal", "w.db-journal"],
    }.items():
        for part in parts:
            before = Path(part).read_bytes() if Path(part).exists() else None
            assert main([*words.split(), part]) == 2
            assert "is an input of this very work" in capsys.readouterr().err
            assert before == (Path(part).read_bytes() if Path(part).exists() else None)


def save_beside(path: Path, names: list[str]) -> None:
    """A model whose tensors lie in files of these names."""
    numbers = [np.zeros((3, 1), np.float32)] * len(names)
    weights = [onnx.numpy_helper.from_array(each, f"w{at}") for at, each in enumerate(numbers)]
    value = onnx.helper.make_tensor_value_info
    shape = ["N", 1], onnx.TensorProto.FLOAT
    nodes = [onnx.helper.make_node("MatMul", ["x", w.name], [f"y{w.name}"]) for w in weights]
    outputs = [value(node.output[0], shape[1], shape[0]) for node in nodes]
    inputs = [value("x", shape[1], ["N", 3])]
    graph = onnx.helper.make_graph(nodes, "g", inputs, outputs, weights)
    for weight, name in zip(graph.initializer, names, strict=True):
        onnx.external_data_helper.set_external_data(weight, name)
    onnx.save(onnx.helper.make_model(graph), path)


@pytest.mark.parametrize("verb", ["fit d.csv --schema s.yaml", "profile d.csv"])
@pytest.mark.parametrize("page", ["p.html", "t.json", "lacking/p.html"])
def test_a_page_and_its_document_appear_together(
    tmp_path: Path, verb: str, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("d.csv").write_text("x\n1.5\n2.5\n3.5\n4.5\n5.5\n")
    Path("s.yaml").write_text(SCHEMA)
    before = sorted(Path().iterdir())
    code = main([*verb.split(), "-o", "t.json", "--html", page])
    written = [Path("p.html"), Path("t.json")] if code == 0 else []
    assert code == (0 if page == "p.html" else 2)
    assert sorted(Path().iterdir()) == sorted([*before, *written])


def test_no_file_appears_where_one_of_several_fails(tmp_path: Path) -> None:
    both = [(tmp_path / "one", b"1"), (tmp_path / "folder" / "other", "2")]
    with pytest.raises(SourceError):
        files.write_files(both, force=False)
    assert not list(tmp_path.iterdir())
