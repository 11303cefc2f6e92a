"""`show` tells what a file of datacheck says; `completion` is a script that shells take."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

import datacheck as dc
from datacheck.cli import main
from datacheck.cli.completing import SHELLS, verbs_of
from datacheck.cli.parser import build_parser

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def files(root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("show")
    table, schema = root / "sample_data/penguins.csv", root / "schemas/penguins.yaml"
    made = {name: folder / f"{name}.json" for name in ("transform", "profile", "report")}
    dc.fit(table, schema).save(made["transform"])
    made["profile"].write_text(dc.profile(table).to_json())
    made["report"].write_text(dc.check(table).to_json())
    return made | {"schema": schema}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("schema", "prepare missing_values: [NA]; impute: median; scale: robust"),
        ("transform", "5 columns to 4 features (float32)"),
        ("profile", "bill_length_mm"),
        ("report", "missing.text"),
    ],
)
def test_each_is_shown_in_words_and_as_json(
    files: dict[str, Path], name: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", str(files[name])]) == 0
    shown = capsys.readouterr().out
    assert said in shown
    assert not shown.startswith("{")
    assert main(["show", str(files[name]), "--json"]) == 0
    json.loads(capsys.readouterr().out)


def test_a_transform_comes_through_a_pipe(
    files: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    read, write = os.pipe()
    with os.fdopen(write, "wb") as end:
        end.write(files["transform"].read_bytes())
    assert main(["show", f"/dev/fd/{read}"]) == 0
    os.close(read)
    through = capsys.readouterr().out
    assert main(["show", str(files["transform"])]) == 0
    assert capsys.readouterr().out == through


def test_a_page_of_a_profile_and_none_of_a_schema(files: dict[str, Path], tmp_path: Path) -> None:
    page = tmp_path / "p.html"
    assert main(["show", str(files["profile"]), "--html", str(page)]) == 0
    assert "bill_length_mm" in page.read_text()
    assert main(["show", str(files["schema"]), "--html", str(tmp_path / "s.html")]) == 2


def test_the_json_schema_of_each_is_there_for_editors(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "schema"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "datacheck.schema"


def test_something_else_is_refused_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "x.json"
    other.write_text("[]")
    for path in (other, tmp_path / "gone.json"):
        assert main(["show", str(path)]) == 2
        assert capsys.readouterr().err.startswith("datacheck: ")


@pytest.mark.parametrize("shell", SHELLS)
def test_a_completion_knows_every_verb_and_option(
    shell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    verbs = build_parser().parse_args(["completion", shell]).every
    for name, (_, parser) in verbs_of(verbs).items():
        assert name in script
        for action in parser._actions:
            for flag in action.option_strings:
                assert flag.lstrip("-") in script


def test_bash_completes_by_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "bash"]) == 0
    (tmp_path / "c").write_text(capsys.readouterr().out)
    bash = shutil.which("bash") or "bash"

    def completed(*words: str) -> list[str]:
        given = " ".join(f"'{word}'" for word in ("datacheck", *words))
        code = (
            f"source {tmp_path}/c; COMP_WORDS=({given}); COMP_CWORD={len(words)}; "
            'COMPREPLY=(); _datacheck; echo "${COMPREPLY[@]}"'
        )
        return subprocess.check_output([bash, "-c", code], text=True).split()

    assert completed("che") == ["check"]
    assert completed("check", "--fail-o") == ["--fail-on"]
    assert completed("check", "--fail-on", "w") == ["warning"]
