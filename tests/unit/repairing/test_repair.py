"""Repair: each kind of fix does what its sentence says, every changed cell is in the log."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

import datacheck as dc
from datacheck.checking.repairing import repaired
from datacheck.cli import main
from datacheck.profiling.where import cell_mask
from datacheck.repairing import apply_fixes, declared_with
from datacheck.repairing.apply import lines
from datacheck.report import Finding, fixes
from datacheck.report.fix import KINDS
from datacheck.schema import Schema
from datacheck.source import open_source

TABLE = pl.DataFrame(
    {
        "mass": ["12.5", "NA", "14", "3"],
        "sex": ["male", "Male ", "female", None],
        "length": [181.0, 0.186, 190.0, -999.0],
        "count": [3, 4, 5000, 6],
        "day": ["03/04/2024", "17/05/2024", None, "28/02/2023"],
        "empty": pl.Series([None] * 4, dtype=pl.Float64),
    }
)

FIXES = [
    fixes.declare_missing("mass", ["NA"], dtype="Float64"),
    fixes.declare_missing("length", [-999]),
    fixes.declare_number("mass", missing=["NA"], decimal="."),
    fixes.declare_dates("day", ["%d/%m/%Y"], "Date"),
    fixes.rescale("length", {"inside": [0.1, 0.2]}, 0.001),
    fixes.map_spellings("sex", {"male": ["Male "]}),
    fixes.cast("count", "Float64"),
    fixes.drop_column("empty", safe=True),
    fixes.drop_rows(),
    fixes.set_role("count", "id"),
    fixes.choose_scale("length", "zscore"),
]


def finding(fix, code="a.b"):
    return Finding(code=code, severity="warning", message="", remedy=fix.sentence, fix=fix)


def applied(table, *wanted, unsafe=True):
    found = [finding(fix) for fix in wanted]
    return apply_fixes(table.lazy(), found, name="t", unsafe=unsafe)


def test_the_vocabulary_is_whole_and_each_kind_has_its_sentence():
    assert {fix.kind for fix in FIXES} == set(KINDS)
    sentences = {fix.sentence for fix in FIXES}
    assert len(sentences) == len(FIXES)
    assert all(sentence.endswith(".") for sentence in sentences)


def test_missing_values_become_null_and_the_rest_is_read():
    done = applied(TABLE, FIXES[0])
    assert done.frame.collect()["mass"].to_list() == [12.5, None, 14.0, 3.0]
    assert done.log.rows() == [
        (None, "mass", "String", "Float64", "a.b", "missing_values"),
        (1, "mass", "NA", None, "a.b", "missing_values"),
    ]


def test_some_cells_are_rescaled_and_whole_numbers_stay_whole():
    done = applied(TABLE, fixes.rescale("count", {"values": [5000]}, 1000.0), FIXES[4])
    table = done.frame.collect()
    assert table["count"].to_list() == [3, 4, 5, 6]
    assert table.schema["count"] == pl.Int64
    assert table["length"].to_list() == [181.0, 186.0, 190.0, -999.0]
    assert done.log.select("row", "before", "after").rows() == [
        (1, "0.186", "186.0"),
        (2, "5000", "5"),
    ]


@pytest.mark.parametrize("factor", [0.1, 0.001, 2.54, 1000.0])
def test_rescaling_leaves_no_digits_of_its_own(factor):
    cells = [round(17.9 + step / 10, 1) for step in range(60)]
    table = pl.DataFrame({"a": [cell * factor for cell in cells]})
    done = applied(table, fixes.rescale("a", {"is": "cell"}, factor))
    assert done.frame.collect()["a"].to_list() == cells
    texts = table.select(pl.col("a").cast(pl.String))
    done = applied(texts, fixes.rescale("a", {"outside": [-1e9, -1e8]}, factor))
    assert done.frame.collect()["a"].cast(pl.Float64).to_list() == pytest.approx(cells, rel=1e-12)


def test_spellings_and_dates():
    table = applied(TABLE, FIXES[3], FIXES[5]).frame.collect()
    assert table["sex"].to_list() == ["male", "male", "female", None]
    assert table["day"].cast(pl.String).to_list() == [
        "2024-04-03",
        "2024-05-17",
        None,
        "2023-02-28",
    ]


def test_a_reading_that_would_lose_a_cell_is_declined():
    table = pl.DataFrame({"a": ["1", "2", "three"], "b": ["31/12/2024", "2024-13-01", None]})
    done = applied(
        table, fixes.cast("a", "Float64"), fixes.declare_dates("b", ["%d/%m/%Y"], "Date")
    )
    assert done.frame.collect().equals(table)
    assert [reason for _, reason in done.declined] == ["1 cell does not read so"] * 2
    assert done.log.is_empty()


def test_what_is_dropped_is_in_the_log_cell_by_cell():
    table = pl.DataFrame({"a": [1, 1, 2], "b": ["x", "x", None]})
    done = applied(table, fixes.drop_rows(), fixes.drop_column("b"))
    assert done.frame.collect().rows() == [(1,), (2,)]
    assert done.log.select("row", "column", "before").rows() == [
        (None, "b", "String"),
        (0, "b", "x"),
        (1, "a", "1"),
        (1, "b", "x"),
    ]


def test_unsafe_fixes_wait_to_be_asked_for():
    done = applied(TABLE, *FIXES, unsafe=False)
    assert {found.fix.kind for found, _ in done.declined} == {
        "missing_values",
        "rescale",
        "drop_rows",
        "number",
    }
    kept = done.frame.collect()
    assert kept.height == 4
    assert kept["length"].to_list() == TABLE["length"].to_list()


def test_a_question_is_answered_by_no_fix():
    rng = np.random.default_rng(3)
    hours = np.where(rng.random(600) < 0.55, 40, rng.integers(20, 60, 600))
    wage = rng.choice(rng.lognormal(3, 0.4, 150), 600)
    table = pl.DataFrame(
        {"hours": hours, "wage": wage, "lwage": np.log(wage), "flag": [0] * 599 + [1]}
    )
    report = dc.check(table)
    told = {f.column for f in report.findings if f.severity == "info"}
    assert {"hours", "lwage", "flag"} <= told
    repaired, log = dc.repair(table, report, unsafe=True)
    assert repaired.equals(table)
    assert not len(log)


def test_accepted_findings_are_passed_over():
    from dataclasses import replace

    found = [replace(finding(FIXES[1]), accepted="the logger's"), finding(FIXES[1])]
    assert apply_fixes(TABLE.lazy(), found[:1], name="t", unsafe=True).log.is_empty()
    assert len(apply_fixes(TABLE.lazy(), found, name="t", unsafe=True).log) == 1


def test_a_fix_for_a_column_that_is_gone_is_declined():
    done = applied(TABLE.drop("mass"), FIXES[0])
    assert [reason for _, reason in done.declined] == ["the table has no such column any more"]


def test_what_belongs_to_serving_goes_into_the_schema():
    schema = declared_with(Schema(name="s", columns=()), FIXES, TABLE.columns)
    told = {column.name: column for column in schema.columns}
    assert told["mass"].prepare.missing_values == ("NA",)
    assert (told["mass"].dtype, told["mass"].coerce) == (pl.Float64(), True)
    assert told["sex"].prepare.spellings == {"male": ("Male ",)}
    assert told["count"].prepare.role == "id"
    assert told["length"].prepare.scale == "zscore"
    assert told["length"].prepare.missing_values == (-999,)
    assert not told["empty"].required
    # A factor on some rows is a mend of this table alone.
    only = declared_with(Schema(name="s", columns=()), [FIXES[4]], TABLE.columns)
    assert only.columns == ()


@pytest.mark.parametrize("kind", ["polars", "lazy", "pandas", "pyarrow", "path"])
def test_the_kind_of_table_that_was_given_is_given_back(kind, tmp_path):
    values = np.random.default_rng(0).normal(50, 5, 300).round(1)
    values[::25] = -999.0
    table = pl.DataFrame({"a": values})
    given = {
        "polars": lambda: table,
        "lazy": table.lazy,
        "pandas": table.to_pandas,
        "pyarrow": table.to_arrow,
        "path": lambda: _written(table, tmp_path / "t.parquet"),
    }[kind]()
    repaired, log = dc.repair(given, unsafe=True)
    assert type(repaired) is (pl.LazyFrame if kind == "path" else type(given))
    assert log.height == 12
    assert set(log["before"]) == {"-999.0"}
    again = dc.read(repaired).collect()["a"]
    assert again.is_null().sum() + again.is_nan().fill_null(value=False).sum() == 12


def _written(table, path):
    table.write_parquet(path)
    return path


def test_a_report_says_what_is_to_be_repaired():
    table = pl.DataFrame({"a": ["1,200", "950", "2,410"] * 9, "b": [None] * 27})
    report = dc.check(table)
    kept = [found for found in report.findings if found.column == "b"]
    only = dc.Report(kept, name="t", rows=27, columns=2)
    repaired, log = dc.repair(table, only)
    assert repaired.columns == ["a"]
    # No cell of it held a value.
    assert log.rows() == [(None, "b", "Null", None, "missing.all", "drop_column")]


def test_spellings_that_a_schema_does_not_know_are_mapped(tmp_path):
    plan = tmp_path / "s.yaml"
    plan.write_text("columns: {sex: {dtype: String, isin: [male, female]}}")
    table = pl.DataFrame({"sex": ["male", "Male ", "FEMALE", "female", "other"] * 5})
    report = dc.check(table, plan)
    (found,) = [f for f in report.findings if f.code == "schema.isin"]
    assert found.fix.safe
    repaired, log = dc.repair(table, plan)
    assert repaired["sex"].to_list()[:5] == ["male", "male", "female", "female", "other"]
    assert log.height == 10
    (left,) = dc.check(repaired, plan).findings
    assert (left.code, left.count, left.fix) == ("schema.isin", 5, None)


def test_masks_see_text_as_numbers():
    table = pl.DataFrame({"a": ["1", " 250 ", "x", None]})
    mask = cell_mask("a", {"outside": [0, 100]}, pl.String())
    assert table.select(mask.fill_null(value=False)).to_series().to_list() == [
        False,
        True,
        False,
        False,
    ]


def test_the_spelling_that_a_schema_knows_wins_over_the_more_frequent_one(tmp_path):
    plan = tmp_path / "s.yaml"
    plan.write_text("columns: {sex: {dtype: String, isin: [male, female]}}")
    table = pl.DataFrame({"sex": ["Male"] * 40 + ["male"] * 3 + ["female"] * 40})
    assert [f.code for f in dc.check(table, plan).findings] == ["schema.isin"]
    repaired, _ = dc.repair(table, plan)
    assert repaired["sex"].to_list() == ["male"] * 43 + ["female"] * 40


def test_the_schema_that_comes_of_it_takes_the_table_as_it_came(tmp_path):
    plan = tmp_path / "s.yaml"
    plan.write_text("columns: {sex: {dtype: String, isin: [male, female]}, pay: {dtype: Float64}}")
    table = pl.DataFrame(
        {"sex": ["male", "Male ", "FEMALE", "female"] * 9, "pay": ["$1,200", "$950.5"] * 18}
    )
    report = dc.check(table)
    work = repaired(open_source(table), plan)
    assert not dc.validate(table, plan).ok
    fixes_of = [f.fix for f in (*work.table.applied, *report.findings) if f.fix is not None]
    schema = declared_with(dc.load_schema(plan), fixes_of, table.columns)
    assert dc.validate(table, schema).ok
    path = tmp_path / "s2.yaml"
    schema.save(path)
    assert dc.load_schema(path).columns == schema.columns
    again, _ = dc.repair(table, report)
    assert again["pay"].to_list() == [1200.0, 950.5] * 18


@pytest.mark.parametrize("most", [0, 200_000])
def test_texts_are_decided_once_each_or_cell_by_cell_alike(most, monkeypatch):
    from datacheck.repairing import apply

    monkeypatch.setattr(apply, "_TEXTS", most)
    cells = {
        "pay": ["$1,200", None, "$950.5", "$7"] * 9,
        "sex": ["male", "Male ", "female", None] * 6 + ["male"] * 12,
        "unit": [f"{row}.5 {'kg' if row % 3 else 'lbs'}" for row in range(36)],
        "word": ["NA" if row % 9 == 0 else str(row) for row in range(36)],
    }
    repaired, log = dc.repair(pl.DataFrame(cells), unsafe=True)
    assert repaired["pay"].to_list() == [1200.0, None, 950.5, 7.0] * 9
    assert repaired["sex"].to_list() == ["male", "male", "female", None] * 6 + ["male"] * 12
    assert repaired["unit"].to_list()[:2] == [pytest.approx(0.5 * 0.45359237), 1.5]
    assert repaired["word"].null_count() == 4
    assert log.filter(pl.col("column") == "sex").height == 6


@pytest.mark.parametrize(
    ("form", "repeats"),
    [("%Y-%m-%d", True), ("%Y-%m-%d %H:%M:%S", True), ("%d/%m/%Y", False), ("%m/%d/%Y", False)],
)
def test_dates_in_an_order_that_no_schema_reads_are_mended_once_and_said_so(form, repeats):
    days = pl.datetime_range(
        pl.datetime(2020, 1, 1), pl.datetime(2020, 12, 31), "17h", eager=True
    ).dt.strftime(form)
    table = pl.DataFrame({"day": days})
    [finding] = [f for f in dc.check(table).findings if f.code == "type.date_text"]
    assert finding.fix is not None
    assert finding.fix.repeats is repeats
    assert ("mends the table once" in finding.remedy) is not repeats
    work = repaired(open_source(table))
    assert work.table.frame.collect_schema()["day"].is_temporal()
    # What the schema says holds of the table as it came, so that a transform may repeat it.
    assert dc.validate(table, work.schema).ok


def test_a_dropped_row_is_told_once_whatever_it_holds():
    frame = pl.DataFrame({"a": [1, 2, 1, 1, 2], "b": [None, None, None, None, None]})
    report = dc.check(frame.with_columns(c=pl.lit("x")))
    _, log = dc.repair(frame.with_columns(c=pl.lit("x")), report, unsafe=True)
    told = list(lines(log))
    assert "3 rows are dropped (row.duplicate)" in told
    assert not [line for line in told if "drop_rows" in line]


def test_a_repair_says_whether_its_schema_says_more_than_the_one_given(tmp_path):
    frame = pl.DataFrame({"x": [float(i % 40) for i in range(200)] + [-999.0] * 4})
    path = tmp_path / "s.yaml"
    path.write_text(
        "schema_type: polars_dataframe\ncolumns: {x: {dtype: Float64, nullable: true}}\n"
    )
    assert repaired(open_source(frame), path, unsafe=True).extended
    assert not repaired(open_source(frame[:200]), path, unsafe=True).extended
    assert not repaired(open_source(frame), None, unsafe=True).extended


def test_rows_that_chance_may_explain_are_told_and_kept():
    rows = pl.int_range(100, eager=True)
    told_by = rows % 6 * 2 + (rows // 6 % 3 == 0).cast(pl.Int64)
    table = pl.DataFrame({"a": rows % 6, "b": told_by, "c": rows * 7 % 11})
    report = dc.check(table, target="c")
    told = [found for found in report.findings if found.code.startswith("row.")]
    assert {(found.code, found.severity, found.fix) for found in told} == {
        ("row.duplicate", "info", None),
        ("row.conflict", "info", None),
    }
    repaired, log = dc.repair(table, report, unsafe=True)
    assert repaired.equals(table)
    assert log.is_empty()


def test_the_first_of_rows_in_conflict_is_kept():
    rows = pl.int_range(40, eager=True)
    measured = {"x": (rows * 0.37).sin(), "z": (rows * 1.7).cos(), "w": (rows * 2.9).sin()}
    table = pl.DataFrame({**measured, "y": rows % 2})
    turned = table.head(3).with_columns(y=1 - pl.col("y"))
    unknown = table.slice(5, 2).with_columns(y=pl.lit(None, pl.Int64))
    whole = pl.concat([table, turned, unknown, table[8:9]])
    report = dc.check(whole, target="y")
    [conflict] = [f for f in report.findings if f.code == "row.conflict"]
    assert conflict.count == 6
    assert conflict.fix is not None
    assert not conflict.fix.safe
    mended, log = dc.repair(whole, report, unsafe=True)
    # Rows without a target are in no conflict; the row that repeats another is another finding's.
    assert mended.equals(pl.concat([table, unknown]))
    by = dict(log.select("finding", "row").unique().group_by("finding").agg("row").iter_rows())
    assert {code: sorted(dropped) for code, dropped in by.items()} == {
        "row.conflict": [40, 41, 42],
        "row.duplicate": [45],
    }


def test_rows_in_conflict_by_chance_are_left_whole():
    few = pl.DataFrame({"a": [0, 1] * 100, "b": [0, 0, 1, 1] * 50, "y": [0, 1, 1] * 66 + [0, 1]})
    report = dc.check(few, target="y")
    assert not [f for f in report.findings if f.code == "row.conflict" and f.fix is not None]


def _train_and_test() -> tuple[pl.DataFrame, pl.DataFrame]:
    rows = pl.int_range(60, eager=True)
    table = pl.DataFrame({"x": (rows * 0.37).sin(), "n": rows.cast(pl.String) + ",50"})
    return table.head(40), table.tail(25)


def test_rows_of_the_reference_are_dropped_by_it_alone():
    train, test = _train_and_test()
    report = dc.check(test, reference=train)
    [overlap] = [found for found in report.findings if found.code == "row.overlap"]
    assert overlap.fix is not None
    assert not overlap.fix.safe
    mended, log = dc.repair(test, report, unsafe=True, reference=train)
    # Their texts are numbers by then, those of the reference are not.
    assert mended["n"].to_list() == [float(row) + 0.5 for row in range(40, 60)]
    dropped = log.filter(pl.col("finding") == "row.overlap")
    assert sorted(dropped["row"].unique()) == [0, 1, 2, 3, 4]
    assert "5 rows are dropped (row.overlap)" in list(lines(log))
    same, _ = dc.repair(test, None, True, reference=train)
    assert same.equals(mended)
    again = dc.check(mended, reference=train)
    assert "row.overlap" not in {found.code for found in again.findings}


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        (None, "it needs the reference"),
        ("another", "the reference has no column n"),
        ("all", "no row would be left"),
    ],
)
def test_rows_of_a_reference_stay_where_that_does_not_fit(reference, reason):
    train, test = _train_and_test()
    report = dc.check(test, reference=train)
    only = dc.Report(
        [f for f in report.findings if f.code == "row.overlap"], name="t", rows=25, columns=2
    )
    given = {None: None, "another": train.drop("n"), "all": test}[reference]
    work = repaired(open_source(test), only, unsafe=True, reference=given)
    [(_, said)] = work.table.declined
    assert reason in said
    assert work.table.frame.collect().equals(test)


def test_the_command_line_drops_rows_of_a_reference(tmp_path, capsys):
    rows = pl.int_range(60, eager=True)
    table = pl.DataFrame({"x": (rows * 0.37).sin(), "z": (rows * 1.7).cos(), "y": rows % 2})
    turned = table.tail(1).with_columns(y=1 - pl.col("y"))
    table.head(40).write_csv(tmp_path / "train.csv")
    pl.concat([table.tail(25), turned]).write_csv(tmp_path / "test.csv")
    told = ["--reference", str(tmp_path / "train.csv"), "--target", "y", "--unsafe"]
    clean = tmp_path / "clean.csv"
    assert main(["repair", str(tmp_path / "test.csv"), *told, "-o", str(clean)]) == 0
    assert pl.read_csv(clean).equals(table.tail(20))
    said = capsys.readouterr().out
    assert "5 rows are dropped (row.overlap)" in said
    assert "1 row is dropped (row.conflict)" in said


def test_the_log_tells_of_each_column_that_is_gone_or_of_another_type(tmp_path, capsys):
    rows = 40
    table = pl.DataFrame(
        {
            "kept": [0.37 * row % 3 for row in range(rows)],
            "all missing": pl.Series([None] * rows, dtype=pl.Float64),
            "constant": [7.0] * rows,
            "beyond doubles": pl.Series([2**63 + row for row in range(rows)], dtype=pl.UInt64),
            "written": [f"1,{row:03}" for row in range(rows)],
            "moments": [f"2024-01-{row % 28 + 1:02}" for row in range(rows)],
            "copy": [0.37 * row % 3 for row in range(rows)],
        }
    )
    for unsafe in (False, True):
        repaired, log = dc.repair(table, unsafe=unsafe)
        types = {name: str(dtype) for name, dtype in table.schema.items()}
        now = {name: str(dtype) for name, dtype in repaired.schema.items()}
        told = log.filter(pl.col("row").is_null())
        assert dict(told.select("column", "after").iter_rows()) == {
            name: now.get(name) for name in types if types[name] != now.get(name)
        }
        assert all(before == types[name] for name, before in told["column", "before"].iter_rows())
    table.write_parquet(tmp_path / "t.parquet")
    written = ["-o", str(tmp_path / "mended.parquet"), "--fail-on", "never"]
    assert main(["repair", str(tmp_path / "t.parquet"), *written]) == 0
    said = capsys.readouterr().out
    assert "all missing: the column is dropped (missing.all)" in said
    assert "beyond doubles: its type is String, was UInt64" in said


@pytest.mark.parametrize("width", [3, 40])
def test_a_step_in_each_of_many_columns_is_one_step_of_the_table(width: int) -> None:
    """A plan that grows with each fix costs more with each fix."""
    cells = [f"{at}.5" for at in range(30)]
    table = pl.DataFrame(
        {f"c{at}": ["n/a", *cells[at % 7 :], *cells[: at % 7]] for at in range(width)}
    )
    found = dc.check(table, rows=False).findings
    done = apply_fixes(table.lazy(), found, name="table", unsafe=True)
    assert {finding.column for finding in done.applied} == set(table.columns)
    assert done.frame.collect_schema().dtypes() == [pl.Float64] * width
    assert done.frame.explain(optimized=False).count("WITH_COLUMNS") <= 3
    assert done.log.filter(pl.col("row") == 0).height >= width


def test_rows_are_dropped_after_columns_are_mended_and_columns_after_them() -> None:
    table = pl.DataFrame(
        {
            "id": [*range(30), 29],
            "text": [*(f"{at}.5" for at in range(30)), "29.5"],
            "same": [1.0] * 31,
        }
    )
    done = apply_fixes(table.lazy(), dc.check(table).findings, name="table", unsafe=True)
    kinds = [finding.fix.kind for finding in done.applied if finding.fix is not None]
    assert {"number", "drop_rows", "drop_column"} & set(kinds) >= {"drop_rows", "drop_column"}
    assert done.frame.collect().height == 30
    assert "same" not in done.frame.collect_schema()
    assert done.rows is not None
    assert done.rows.collect().to_series().to_list() == list(range(30))


def test_a_column_that_the_schema_requires_is_dropped_only_where_it_is_asked():
    """A repaired table holds what the schema says of its columns, as the table did before."""
    data = TABLE.with_columns(x=pl.Series([1.0, 2.0, 3.0, 5.0]))
    schema = dc.suggest(data)
    kept, _ = dc.repair(data, schema)
    assert kept.columns == data.columns
    lacking = dc.validate(kept, schema).findings
    assert "schema.column_missing" not in {each.code for each in lacking}
    declined = repaired(open_source(data), schema).table.declined
    (why,) = (reason for each, reason in declined if each.code == "missing.all")
    assert "the schema requires it" in why
    columns = tuple(replace(column, required=False) for column in schema.columns)
    for wanted in (None, replace(schema, columns=columns)):
        assert "empty" not in dc.repair(data, wanted)[0].columns
    assert "empty" not in dc.repair(data, schema, unsafe=True)[0].columns
