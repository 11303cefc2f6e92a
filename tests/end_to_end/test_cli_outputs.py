"""Every verb refuses to write over what it reads, and writes all of its files or none."""

from __future__ import annotations

from pathlib import Path

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
