"""Every verb that reports shows no cell of the table where none is to be shown."""

from __future__ import annotations

import json
from pathlib import Path

import onnx
import pytest

import datacheck as dc
import datacheck.source
from datacheck.cli import TRACEBACK, main
from datacheck.errors import DataError

SCHEMA = """
schema_type: polars_dataframe
name: S
columns:
  who: {dtype: String, isin: [Ada Lovelace, Grace Hopper]}
  pay:
    dtype: Float64
    coerce: true
    nullable: true
    prepare: {missing_values: [4711.5], scale: robust}
"""
SECRETS = ("Ada", "Grace", "4711", "n/a", "8088")


@pytest.fixture
def people(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Path:
    monkeypatch.chdir(tmp_path)
    pay = [*(f"8088.{i}" for i in range(1, 50)), "4711.5", "4711.5", "-80880000.5"]
    names = [*["Ada Lovelace", "Grace Hopper"] * 25, "n/a", "grace hopper"]
    rows = "".join(f"{who},{each}\n" for who, each in zip(names, pay, strict=True))
    (tmp_path / "people.csv").write_text("who,pay\n" + rows)
    (tmp_path / "s.yaml").write_text(SCHEMA)
    assert main(["fit", "people.csv", "--schema", "s.yaml", "-o", "t.json"]) == 0
    other = "".join(f"Ada Lovelace,{i}\n" for i in range(60))
    (tmp_path / "before.csv").write_text("who,pay\n" + other)
    assert main(["fit", "before.csv", "--schema", "s.yaml", "-o", "old.json"]) == 0
    assert main(["profile", "before.csv", "-o", "profile.json"]) == 0
    capsys.readouterr()
    assert main(["check", "people.csv", "--json", "--fail-on", "never"]) == 0
    (tmp_path / "report.json").write_text(capsys.readouterr().out)
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        ("check", "people.csv", "--schema", "s.yaml"),
        ("check", "people.csv", "--html", "page.html"),
        ("compare", "profile.json", "people.csv"),
        ("profile", "people.csv"),
        ("profile", "people.csv", "--html", "page.html"),
        ("repair", "people.csv", "--dry-run"),
        ("repair", "people.csv", "--unsafe", "-o", "mended.csv"),
        ("fit", "people.csv", "--schema", "s.yaml", "-o", "t2.json", "--html", "page.html"),
        ("verify", "t.json"),
        ("diff", "old.json", "t.json", "--data", "people.csv"),
        ("show", "report.json", "--html", "page.html"),
        ("show", "profile.json", "--html", "page.html"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("as_json", [(), ("--json",)], ids=["text", "json"])
def test_no_cell_is_shown(
    people: Path,
    words: tuple[str, ...],
    as_json: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([*words, *as_json, "--no-values"]) in {0, 1}
    page = people / "page.html"
    said = "".join(capsys.readouterr()) + (page.read_text() if "--html" in words else "")
    assert "pay" in said or words[0] == "verify"
    assert [secret for secret in SECRETS if secret in said] == []


def test_what_is_made_of_values_is_refused(
    people: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (
        ["profile", "people.csv", "-o", "p2.json"],
        ["show", "t.json"],
        ["show", "s.yaml"],
    ):
        assert main([*words, "--no-values"]) == 2
        assert "made of" in capsys.readouterr().err
    assert not (people / "p2.json").exists()


CELL = "zqsecretqz"
#: Tables that are refused for a cell, or a part of one, by their names.
BROKEN = {
    "ragged.csv": f"a,b\n1,2\n{CELL},{CELL},3\n",
    "quoted.csv": f'a,b\n1,2\n"{CELL},3\n',
    "title.csv": f"# {CELL}\na,b\n1,2\n3,4\n",
    "nameless.csv": f"a,b,\n1,2,{CELL}\n",
    "text.csv": f"a,b\n{CELL},2\n{CELL},3\n5,6\n",
    "other.ndjson": f'{{"a": 1}}\n["{CELL}"]\n',
    "cut.ndjson": f'{{"a": 1}}\n{{"a": "{CELL}\n',
    "mixed.ndjson": f'{{"a": 1}}\n{{"a": {{"b": "{CELL}"}}}}\n',
    "twice.json": f'[{{"a": "{CELL}", "a": "{CELL}"}}]',
    "items.json": f'["{CELL}", "{CELL}"]',
    "no.parquet": f"PAR1{CELL}",
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize(
    "verb", ["check {}", "profile {}", "compare {} {}", "fit {} --schema t.yaml -o t.json"]
)
def test_an_error_shows_no_cell(
    tmp_path: Path,
    name: str,
    verb: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(TRACEBACK, "1")
    Path(name).write_text(BROKEN[name])
    Path("t.yaml").write_text(
        "schema_type: polars_dataframe\nname: T\n"
        "columns: {a: {dtype: Float64, prepare: {scale: robust}}}\n"
    )
    assert main([*verb.format(name, name).split(), "--no-values"]) in {0, 1, 2}
    said = "".join(capsys.readouterr())
    assert said
    assert CELL not in said


def test_a_traceback_shows_no_cell(
    people: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        try:
            raise KeyError(CELL)
        except KeyError as error:
            raise DataError("no number", got=CELL) from ZeroDivisionError(CELL, error)

    monkeypatch.setenv(TRACEBACK, "1")
    monkeypatch.setattr(datacheck.source, "open_source", broken)
    assert main(["check", "people.csv", "--no-values"]) == 2
    said = capsys.readouterr().err
    assert CELL not in said
    for told in ("DataError (most recent call last)", "ZeroDivisionError", "in broken"):
        assert told in said
    assert main(["check", "people.csv"]) == 2
    assert CELL in capsys.readouterr().err


def test_an_error_shows_no_category(people: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (people / "c.yaml").write_text(
        "schema_type: polars_dataframe\nname: C\n"
        "columns: {who: {dtype: String, prepare: {encode: ordinal}}}\n"
    )
    (people / "others.csv").write_text("who\n4711\n")
    assert main(["fit", "people.csv", "--schema", "c.yaml", "-o", "c.json"]) == 0
    capsys.readouterr()
    assert main(["diff", "c.json", "c.json", "--data", "others.csv", "--no-values"]) == 2
    said = capsys.readouterr().err
    assert "who" in said
    assert [secret for secret in SECRETS if secret in said] == []


def test_a_column_that_is_called_by_a_category_is_not_named(
    people: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (people / "c.yaml").write_text(
        "schema_type: polars_dataframe\nname: C\n"
        "columns: {who: {dtype: String, prepare: {encode: one_hot, unknown: zeros}}}\n"
    )
    for words, code in {
        "fit people.csv --schema c.yaml -o c.json --json": 0,
        "diff t.json c.json --data people.csv -v": 1,
        "diff c.json t.json --data people.csv --json": 1,
    }.items():
        assert main([*words.split(), "--no-values"]) == code
        said = "".join(capsys.readouterr())
        assert "who_[hidden]" in said
        assert [secret for secret in SECRETS if secret in said] == []


@pytest.mark.parametrize("shown", ["text", "json", "markdown", "junit", "html", "github"])
@pytest.mark.parametrize("name", ["c.sql", "c.onnx", "c"])
def test_a_broken_export_names_no_category(
    people: Path, name: str, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (people / "c.yaml").write_text(
        "schema_type: polars_dataframe\nname: C\n"
        "columns: {who: {dtype: String, prepare: {encode: one_hot, unknown: zeros}}}\n"
    )
    to = {".sql": "sql", ".onnx": "onnx"}.get(Path(name).suffix, "javascript")
    dc.fit("before.csv", "c.yaml").export(to, name, **({"proven": False} if name == "c" else {}))
    if to == "onnx":
        model = onnx.load(name)
        (entry,) = (each for each in model.metadata_props if each.key == "datacheck.golden")
        entry.value = _broken(entry.value)
        onnx.save(model, name)
    else:
        golden = Path(name) / "golden.json" if to == "javascript" else Path(name)
        lines = golden.read_text().split("\n")
        at = next(at for at, line in enumerate(lines) if '"ulps"' in line)
        head, brace, rest = lines[at].partition("{")
        lines[at] = head + _broken(brace + rest)
        golden.write_text("\n".join(lines))
    assert main(["verify", name, "--format", shown, "--no-values"]) == 1
    said = "".join(capsys.readouterr())
    assert "who_[hidden]" in said.replace("\\", "")
    assert [secret for secret in SECRETS if secret in said] == []


def _broken(golden: str) -> str:
    """Golden rows that no transform gives."""
    document = json.loads(golden)
    for row in document["rows"]:
        row.update({key: dict.fromkeys(row[key], 0.5) for key in row.keys() & {"out"}})
    return json.dumps(document)


def test_a_system_error_says_what_it_is(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "x.csv").mkdir()
    assert main(["check", str(tmp_path / "x.csv"), "--no-values"]) == 2
    assert "to do" in capsys.readouterr().err
