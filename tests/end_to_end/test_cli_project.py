"""`datacheck check` alone: every table of the project, in processes of their own, one summary."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def project(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / "sample_data").symlink_to(root / "sample_data")
    (folder / "schemas").symlink_to(root / "schemas")
    tables = {
        "good": {"data": "sample_data/penguins.csv", "schema": "schemas/penguins.yaml"},
        "bad": {"data": "sample_data/penguins_untidy.csv", "ignore": ["missing.sentinel"]},
        "let_be": {"data": "sample_data/penguins_untidy.csv", "fail-on": "never"},
    }
    (folder / "datacheck.yaml").write_text(yaml.safe_dump({"tables": tables}, sort_keys=False))
    return folder


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "datacheck", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_every_table_is_checked_and_the_summary_says_which_failed(project: Path) -> None:
    done = run(project, "check")
    assert done.returncode == 1, done.stderr
    lines = done.stdout.splitlines()
    assert lines[-1] == "3 tables of datacheck.yaml: 1 table failed"
    assert [line.split(":")[0] for line in lines[-4:-1]] == ["good", "bad", "let_be"]
    assert "accepted, and so not decisive" in done.stdout


def test_as_json_it_is_one_array(project: Path) -> None:
    done = run(project, "check", "--json", "--fail-on", "never")
    assert done.returncode == 0
    reports: list[dict[str, Any]] = json.loads(done.stdout)
    assert [report["source"]["name"] for report in reports] == ["good", "bad", "let_be"]


def test_a_table_that_cannot_be_read_spoils_no_other(project: Path, tmp_path: Path) -> None:
    good = project / "sample_data" / "penguins.csv"
    other = tmp_path / "datacheck.yaml"
    other.write_text(f"tables: {{gone: gone.csv, good: {{data: {good}, fail-on: never}}}}")
    done = run(tmp_path, "check", "-q", "--project", str(other))
    assert done.returncode == 2
    assert "datacheck: gone: " in done.stderr
    assert "good: " in done.stdout
    assert done.stdout.splitlines()[-1] == "2 tables of datacheck.yaml: 1 table failed"


@pytest.mark.parametrize(
    "flags",
    [("--schema", "schemas/penguins.yaml"), ("--no-header",), ("--skip-rows", "0")],
)
def test_what_is_about_one_table_wants_one(project: Path, flags: tuple[str, ...]) -> None:
    done = run(project, "check", *flags)
    assert done.returncode == 2
    assert f"{flags[0]} without DATA" in done.stderr


def test_a_table_is_read_as_the_project_says_and_has_its_page(
    project: Path, tmp_path: Path
) -> None:
    lines = [f"{i},5;{'NA' if i == 7 else i % 5}" for i in range(60)]
    (tmp_path / "a.csv").write_text("a title\nx;y\n" + "\n".join(lines))
    options = {
        "data": "a.csv",
        "separator": ";",
        "decimal": ",",
        "skip-rows": 1,
        "null-values": "NA",
        "html": "a.html",
        "fail-on": "never",
    }
    other = {"data": str(project / "sample_data" / "penguins.csv"), "html": "p.html"}
    tables = {"tables": {"a": options, "p": other | {"fail-on": "never"}}}
    (tmp_path / "datacheck.yaml").write_text(yaml.safe_dump(tables))
    done = run(tmp_path, "check", "--no-sample")
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "59.5" in page
    assert "Sample rows" not in page
    assert "bill_length_mm" in (tmp_path / "p.html").read_text(encoding="utf-8")
    again = run(tmp_path, "check")
    assert again.returncode == 2
    assert "--force" in again.stderr
    assert run(tmp_path, "check", "--force", "--no-values").returncode == 0
    assert "59.5" not in (tmp_path / "a.html").read_text(encoding="utf-8")


def test_a_page_never_replaces_what_is_read(project: Path, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n")
    (tmp_path / "datacheck.yaml").write_text("tables: {a: {data: a.csv, html: ./a.csv}}")
    assert run(tmp_path, "check", "--force").returncode == 2
    assert (tmp_path / "a.csv").read_text() == "x\n1\n"


def test_init_writes_what_check_reads(project: Path, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n" + "\n".join(f"{i},{i % 7}" for i in range(60)))
    first = run(tmp_path, "init")
    assert (first.returncode, first.stdout.splitlines()[-1]) == (0, "next: datacheck check")
    assert run(tmp_path, "init").returncode == 2
    assert run(tmp_path, "check", "--fail-on", "never").returncode == 0


def test_two_pages_of_one_place_are_refused(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "linked").symlink_to("pages")
    (tmp_path / "d.csv").write_text("x\n1.5\n2.5\n")
    (tmp_path / "datacheck.yaml").write_text(
        "tables: {a: {data: d.csv, html: pages/p.html}, b: {data: d.csv, html: linked/p.html}}"
    )
    done = run(tmp_path, "check", "--force")
    assert done.returncode == 2
    assert "two outputs have one name" in done.stderr
    assert not list((tmp_path / "pages").iterdir())
