"""Each verb as a process on the sample tables: what it prints, what it writes, how it exits."""

import json
import os
import sqlite3
import subprocess
import sys

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import datacheck as dc

UNTIDY = ("sample_data/penguins_untidy.csv", "--schema", "schemas/penguins_untidy.yaml")
TIDY = ("sample_data/penguins.csv", "--schema", "schemas/penguins.yaml")


@pytest.fixture(scope="module")
def fitted(tmp_path_factory, pytestconfig):
    """A transform of the tidy penguins."""
    path = tmp_path_factory.mktemp("fitted") / "t.json"
    done = execute(pytestconfig.rootpath, "fit", *TIDY, "-o", path)
    assert done.returncode == 0, done.stderr
    return path


@pytest.fixture
def run(pytestconfig, tmp_path):
    """Run datacheck beside the sample tables; `{}` in a word is the scratch folder."""

    def execute_here(*words):
        return execute(pytestconfig.rootpath, *(str(word).format(tmp_path) for word in words))

    return execute_here


def execute(root, *words):
    return subprocess.run(
        [sys.executable, "-m", "datacheck", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},
        check=False,
    )


def found(done):
    """(severity, code, column) of each finding of a JSON report."""
    return {(f["severity"], f["code"], f["column"]): f for f in json.loads(done.stdout)["findings"]}


def test_check_finds_what_is_planted_in_the_untidy_table(run):
    done = run("check", *UNTIDY, "--json")
    assert done.returncode == 1
    findings = found(done)
    grave = {(code, column) for severity, code, column in findings if severity == "error"}
    assert grave >= {
        ("schema.isin", "species"),
        ("schema.in_range", "flipper_length_mm"),
        ("schema.dtype", "body_mass_g"),
        ("schema.unique", None),
        ("scale.unit_mix", "flipper_length_mm"),
    }
    assert findings["info", "missing.sentinel", "bill_length_mm"]["count"] == 13
    assert findings["error", "scale.unit_mix", "flipper_length_mm"]["count"] == 25


def test_check_of_a_table_that_obeys_its_schema_passes(run):
    done = run("check", *TIDY)
    assert done.returncode == 0, done.stdout
    assert "error" not in done.stdout


def test_schema_only_says_nothing_but_schema(run):
    done = run("check", *UNTIDY, "--schema-only", "--json")
    assert done.returncode == 1
    assert {code.split(".")[0] for _, code, _ in found(done)} == {"schema"}


def test_mutate_lists_what_a_schema_does_not_notice(run, tmp_path):
    loose = """\
schema_type: polars_dataframe
columns:
  bill_length_mm: {dtype: Float64, nullable: true, prepare: {missing_values: [NA]}}
"""
    (tmp_path / "s.yaml").write_text(loose, encoding="utf-8")
    done = run("check", TIDY[0], "--schema", "{}/s.yaml", "--mutate", "--fail-on", "warning")
    assert done.returncode == 1
    assert "schema.unnoticed" in done.stdout
    assert "in_range" in done.stdout


def test_html_and_json_go_together_and_nothing_is_overwritten(run, tmp_path):
    words = ("check", *UNTIDY, "--json", "--html", "{}/r.html")
    first = run(*words)
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert first.returncode == 1
    assert "scale.unit_mix" in page
    (tmp_path / "r.html").write_text("mine", encoding="utf-8")
    again = run(*words)
    assert (again.returncode, again.stdout) == (2, "")
    assert "--force" in again.stderr
    assert (tmp_path / "r.html").read_text(encoding="utf-8") == "mine"
    assert run(*words, "--force").returncode == 1
    assert (tmp_path / "r.html").read_text(encoding="utf-8") == page


def test_a_reference_may_be_a_table_a_profile_or_a_transform(run, tmp_path, fitted):
    assert run("profile", TIDY[0], "-o", "{}/p.json").returncode == 0
    for reference in (TIDY[0], "{}/p.json"):
        done = run("compare", reference, UNTIDY[0], "--json")
        assert done.returncode == 1
        assert ("error", "scale.unit_mix", "flipper_length_mm") in found(done)
        checked = run("check", UNTIDY[0], "--reference", reference, "--json")
        assert ("warning", "drift.column_extra", "id") in found(checked)
    pl.read_csv(TIDY[0]).drop("sex").write_csv(tmp_path / "less.csv")
    done = run("compare", fitted, "{}/less.csv", "--json")
    assert ("error", "drift.column_missing", "sex") in found(done)


PENGUINS = pl.read_csv(TIDY[0], null_values="NA")
#: A table as its writer wrote it, the end of its name, and the words that read it.
WRITTEN = {
    "semicolons": (PENGUINS.write_csv(separator=";").encode(), "csv", ["--separator", ";"]),
    "utf-16": (PENGUINS.write_csv().encode("utf-16"), "csv", ["--encoding", "utf-16"]),
    "a title": (b"Penguins\n" + PENGUINS.write_csv().encode(), "csv", ["--skip-rows", "1"]),
    "no names": (PENGUINS.write_csv(include_header=False).encode(), "csv", ["--no-header"]),
    "columns": (PENGUINS.write_csv().encode(), "csv", ["--columns", "species", "body_mass_g"]),
    "tabs": (PENGUINS.write_csv(separator="\t").encode(), "csv", ["--separator", "tab"]),
    "a name": (PENGUINS.write_csv().encode(), "csv", ["--name", "served"]),
}


@pytest.mark.parametrize("way", WRITTEN)
def test_a_reference_of_the_same_kind_is_read_as_the_data_are(run, tmp_path, way):
    written, end, words = WRITTEN[way]
    (tmp_path / f"old.{end}").write_bytes(written)
    (tmp_path / f"new.{end}").write_bytes(written)
    done = run("compare", "{}/old." + end, "{}/new." + end, *words, "--json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["findings"]) == (0, [])
    assert report["reference"] == str(tmp_path / f"old.{end}")
    checked = run("check", "{}/new." + end, "--reference", "{}/old." + end, *words, "--json")
    assert not [code for _, code, _ in found(checked) if code.startswith("drift.")]


def test_a_reference_of_another_kind_is_read_as_it_is(run, tmp_path):
    PENGUINS.write_csv(tmp_path / "new.csv", separator=";")
    PENGUINS.write_parquet(tmp_path / "old.parquet")
    words = ("--separator", ";", "--columns", "species", "body_mass_g")
    done = run("compare", "{}/old.parquet", "{}/new.csv", *words, "--json")
    assert (done.returncode, json.loads(done.stdout)["findings"]) == (0, [])
    assert run("profile", "{}/old.parquet", "-o", "{}/old.json").returncode == 0
    saved = run("compare", "{}/old.json", "{}/new.csv", "--separator", ";", "--json")
    assert (saved.returncode, json.loads(saved.stdout)["findings"]) == (0, [])


def test_compare_finds_nothing_in_the_same_table(run):
    done = run("compare", TIDY[0], TIDY[0])
    assert done.returncode == 0
    assert "Nothing found." in done.stdout


def test_profile_shows_writes_and_prints(run, tmp_path):
    shown = run("profile", "sample_data/flights.parquet", "--html", "{}/p.html")
    assert shown.returncode == 0
    assert "336,776 rows, 19 columns" in shown.stdout
    assert "air_time" in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 80
    assert "<svg" in (tmp_path / "p.html").read_text(encoding="utf-8")
    printed = run("profile", TIDY[0], "--json")
    assert json.loads(printed.stdout)["format"] == "datacheck.profile"


def test_split_parts_the_rows_and_loses_none(run, tmp_path):
    words = ("split", *UNTIDY, "--valid", "{}/ok.parquet", "--rejected", "{}/bad.parquet")
    done = run(*words)
    assert done.returncode == 0, done.stderr
    valid, rejected = (pl.read_parquet(tmp_path / f"{name}.parquet") for name in ("ok", "bad"))
    assert f"({valid.height} rows)" in done.stdout
    assert valid.height + rejected.height == 354
    reasons = rejected["__reasons__"].list.explode().struct.field("code")
    assert {"schema.isin", "schema.in_range", "schema.dtype"} <= set(reasons)
    again = run(*words)
    assert again.returncode == 2
    assert "--force" in again.stderr


def test_split_may_reject_no_row_whatever_the_format(run, tmp_path):
    out = ("--valid", "{}/ok.ndjson", "--rejected", "{}/bad.ndjson")
    done = run("split", *TIDY, *out)
    assert done.returncode == 0, done.stderr
    assert "bad.ndjson (0 rows)" in done.stdout
    assert (tmp_path / "bad.ndjson").read_bytes() == b""


def test_rejected_rows_in_text_have_their_reasons_as_json(run, tmp_path):
    for end in ("csv", "parquet"):
        done = run("split", *UNTIDY, "--valid", f"{{}}/ok.{end}", "--rejected", f"{{}}/bad.{end}")
        assert done.returncode == 0, done.stderr
    as_text = pl.read_csv(tmp_path / "bad.csv", infer_schema=False)["__reasons__"]
    reasons = pl.read_parquet(tmp_path / "bad.parquet")["__reasons__"]
    assert [json.loads(each) for each in as_text] == reasons.to_list()


def test_split_writes_both_files_or_none(run, tmp_path):
    for rejected in ("{}/no_such_folder/bad.parquet", "{}/bad.json", "{}/ok.parquet"):
        done = run("split", *UNTIDY, "--valid", "{}/ok.parquet", "--rejected", rejected)
        assert done.returncode == 2
        assert list(tmp_path.iterdir()) == []


def test_fit_apply_verify_diff(run, tmp_path, fitted):
    applied = run("apply", TIDY[0], "--transform", fitted, "-o", "{}/out.parquet")
    assert applied.returncode == 0, applied.stderr
    table = pl.read_parquet(tmp_path / "out.parquet")
    assert table.height == 344
    prepared = table.select("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g")
    assert set(prepared.dtypes) == {pl.Float32}
    assert prepared.null_count().sum_horizontal().item() == 0
    assert run("verify", fitted).returncode == 0
    same = run("diff", fitted, fitted, "--data", TIDY[0])
    assert same.returncode == 0
    assert "Nothing found." in same.stdout


def test_diff_exits_with_1_where_rows_move(run, tmp_path, fitted):
    table = pl.read_csv(TIDY[0], infer_schema=False)
    heavier = pl.col("body_mass_g").cast(pl.Float64, strict=False) + 900
    table.with_columns(heavier.clip(None, 8000)).write_csv(tmp_path / "heavier.csv")
    done = run("fit", "{}/heavier.csv", *TIDY[1:], "-o", "{}/b.json")
    assert done.returncode == 0, done.stderr
    moved = run("diff", fitted, "{}/b.json", "--data", TIDY[0])
    assert moved.returncode == 1
    assert "body_mass_g" in moved.stdout
    assert run("diff", fitted, "{}/b.json", "--data", TIDY[0], "--above", "100").returncode == 0


@pytest.mark.parametrize("ending", ["csv", "arrow", "ndjson", "csv.gz"])
def test_apply_writes_what_the_name_says(run, tmp_path, fitted, ending):
    assert run("apply", TIDY[0], "--transform", fitted, "-o", "{}/out.parquet").returncode == 0
    assert run("apply", TIDY[0], "--transform", fitted, "-o", "{}/out." + ending).returncode == 0
    readers = {"csv": pl.read_csv, "arrow": pl.read_ipc, "ndjson": pl.read_ndjson}
    other = readers[ending.split(".")[0]](tmp_path / f"out.{ending}")
    expected = pl.read_parquet(tmp_path / "out.parquet")
    assert_frame_equal(other.cast(expected.schema), expected, check_exact=True)


def test_outputs_in_parts_are_one_table_again(run, tmp_path, fitted):
    applied = ("apply", TIDY[0], "--transform", fitted)
    assert run(*applied, "-o", "{}/whole.parquet").returncode == 0
    parted = (*applied, "-o", "{}/parts.parquet", "--partition-by", "species", "year")
    done = run(*parted)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "parts.parquet" / "species=Adelie" / "year=2007").is_dir()
    whole = dc.read(tmp_path / "whole.parquet").collect()
    parts = dc.read(tmp_path / "parts.parquet").collect().select(whole.columns)
    assert_frame_equal(parts.sort(whole.columns), whole.sort(whole.columns), check_exact=True)
    assert run(*parted).returncode == 2
    profiled = run("profile", "{}/parts.parquet", "--json")
    assert {column["name"] for column in json.loads(profiled.stdout)["columns"]} >= {"species"}

    outputs = ("--valid", "{}/ok", "--rejected", "{}/bad", "--partition-by", "island")
    split = run("split", *UNTIDY, *outputs)
    assert split.returncode == 0, split.stderr
    rows = [dc.read(tmp_path / name).collect().height for name in ("ok", "bad")]
    assert sum(rows) == 354
    assert all(f"({count} rows)" in split.stdout for count in rows)


def test_fit_warns_of_rows_that_break_the_schema(run, tmp_path):
    table = pl.read_csv(TIDY[0], infer_schema=False)
    table.with_columns(species=pl.lit("Dodo")).write_csv(tmp_path / "dodo.csv")
    done = run("fit", "{}/dodo.csv", *TIDY[1:], "-o", "{}/t.json")
    assert done.returncode == 0
    assert "schema.isin species (344)" in done.stderr
    assert (tmp_path / "t.json").exists()


def test_a_cell_that_may_not_pass_leaves_no_output(run, tmp_path, fitted):
    done = run("apply", UNTIDY[0], "--transform", fitted, "-o", "{}/out.parquet")
    assert done.returncode == 2
    assert "4,650" in done.stderr
    assert "This error occurred" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_broken_artefact_is_refused(run, tmp_path, fitted):
    text = fitted.read_text(encoding="utf-8")
    (tmp_path / "cut.json").write_text(text[: len(text) // 2], encoding="utf-8")
    (tmp_path / "changed.json").write_text(text.replace("0.5", "0.6"), encoding="utf-8")
    for name in ("cut", "changed"):
        for words in (
            ("verify", "{}/" + name + ".json"),
            ("apply", TIDY[0], "--transform", "{}/" + name + ".json", "-o", "{}/o.parquet"),
        ):
            done = run(*words)
            assert done.returncode == 2
            assert done.stdout == ""
            assert "bug" not in done.stderr
    assert not (tmp_path / "o.parquet").exists()


def test_an_export_is_written_and_verified(run, tmp_path, fitted):
    done = run("export", fitted, "--to", "javascript", "-o", "{}/js")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "js" / "package.json").exists()
    assert run("verify", "{}/js").returncode == 0
    wrong = run("export", fitted, "--to", "javascript", "-o", "{}/x", "--dialect", "duckdb")
    assert wrong.returncode == 2
    assert "--dialect" in wrong.stderr


def test_an_option_of_another_target_is_refused(run, tmp_path, fitted):
    done = run("export", fitted, "--to", "javascript", "-o", "{}/js", "--absent", "year")
    assert done.returncode == 2
    assert "expected: it with --to sql" in done.stderr
    assert not (tmp_path / "js").exists()


def test_a_database_is_checked_with_a_query(run, tmp_path):
    with sqlite3.connect(tmp_path / "birds.db") as base:
        base.execute("CREATE TABLE birds (name TEXT, mass REAL)")
        base.executemany("INSERT INTO birds VALUES (?, ?)", [("a", 1.5), ("b", None), ("c", 2.5)])
    base.close()
    done = run("check", "sqlite:///{}/birds.db", "--query", "SELECT * FROM birds", "--json")
    assert done.returncode == 1
    assert found(done)["error", "missing.null", "mass"]["rows"] == [1]


def test_the_options_of_reading_are_those_of_every_verb(run, tmp_path):
    (tmp_path / "x.csv").write_bytes("Bericht\nx;y\n1.234,5;\u00e9\n2,5;-\n".encode("cp1252"))
    read = ["--separator", ";", "--decimal", ",", "--thousands", ".", "--encoding", "cp1252"]
    read += ["--skip-rows", "1", "--null-values", "-", "--name", "prices", "--columns", "x", "y"]
    done = run("profile", "{}/x.csv", *read, "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["name"], said["rows"]) == ("prices", 2)
    done = run("suggest", "{}/x.csv", *read, "-o", "{}/s.yaml")
    assert done.returncode == 0, done.stderr
    done = run("split", "{}/x.csv", *read, "--schema", "{}/s.yaml", "--valid", "{}/ok.csv",
               "--rejected", "{}/bad.parquet")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "ok.csv").read_text("utf-8") == "x,y\n1234.5,\u00e9\n2.5,\n"
    done = run("check", "{}/x.csv", "--sheet", "A")
    assert done.returncode == 2
    assert "--sheet was given, but" in done.stderr


def test_several_tables_are_several_reports(run, tmp_path):
    (tmp_path / "a.csv").write_text(",x\n0,1\n1,2\n")
    (tmp_path / "b.csv").write_text("x\n1\n2\n")
    done = run("check", "{}/a.csv", "{}/b.csv", "--json", "--fail-on", "never")
    assert done.returncode == 0, done.stderr
    reports = json.loads(done.stdout)
    assert [report["source"]["columns"] for report in reports] == [2, 1]
    assert "source.index" in {each["code"] for each in reports[0]["findings"]}
    done = run("check", "{}/a.csv", "{}/b.csv", "--html", "{}/x.html")
    assert done.returncode == 2
    assert "--html with several tables" in done.stderr


def test_a_glob_is_one_table(run, tmp_path):
    table = pl.read_csv(TIDY[0], infer_schema=False)
    for number, part in enumerate((table[:100], table[100:])):
        part.write_csv(tmp_path / f"part{number}.csv")
    done = run("check", "{}/part*.csv", *TIDY[1:], "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["source"]["rows"] == 344


@pytest.mark.parametrize(
    ("name", "allowed"), [("penguins_untidy.csv", {"schema.dtype"}), ("randhie.tsv", set())]
)
def test_a_suggested_schema_accepts_its_own_data(run, tmp_path, name, allowed):
    """But for the cells that are no numbers: `4,650` among the masses."""
    done = run("suggest", f"sample_data/{name}", "-o", "{}/s.yaml")
    assert done.returncode == 0, done.stderr
    assert "#" in (tmp_path / "s.yaml").read_text(encoding="utf-8")
    checked = run(
        "check", f"sample_data/{name}", "--schema", "{}/s.yaml", "--schema-only", "--json"
    )
    unread = {code for _, code, _ in found(checked)} - {"schema.dtype"}
    assert unread == set()
    assert run("suggest", f"sample_data/{name}", "-o", "{}/s.yaml").returncode == 2
