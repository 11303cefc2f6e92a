"""`check`: violations and findings joined, each fault once, as grave as it is declared."""

import json

import numpy as np
import pandera.polars as pa
import polars as pl
import pytest

import datacheck as dc
from datacheck.schema import Column

ROWS = 400


def numbers(seed=0, **holes):
    """A column of ordinary numbers, with some cells replaced."""
    values = np.random.default_rng(seed).uniform(40.0, 60.0, ROWS).tolist()
    for place, value in holes.items():
        values[int(place.removeprefix("at"))] = value
    return values


def codes(report, column=None):
    return {f.code for f in report.findings if column is None or f.column == column}


def only(report, code):
    (found,) = [f for f in report.findings if f.code == code]
    return found


def schema(dtype=float, **options):
    prepare = options.pop("prepare", None)
    metadata = dc.prepare(**prepare) if prepare else None
    return pa.DataFrameSchema({"a": pa.Column(dtype, metadata=metadata, **options)})


NULLS = pl.DataFrame({"a": numbers(at3=None, at5=None, at9=float("nan"))})


def test_ordinary_numbers_have_no_finding():
    report = dc.check(pl.DataFrame({"a": numbers(), "b": numbers(1)}))
    assert report.findings == ()
    assert report.ok
    assert report.source == {"name": report.source["name"], "rows": ROWS, "columns": 2}


def test_without_a_schema_missing_numbers_are_errors_with_count_and_rows():
    report = dc.check(NULLS)
    null, nan = only(report, "missing.null"), only(report, "missing.nan")
    assert (null.severity, null.count, null.rows) == ("error", 2, (3, 5))
    assert (nan.severity, nan.count, nan.rows) == ("error", 1, (9,))
    assert not report.ok


def test_one_cell_is_told_in_the_singular():
    table = pl.DataFrame({"a": numbers(at3=None, at4=5000.0), "b": ["?", *"xyz" * 133]})
    report = dc.check(table)
    assert only(report, "missing.null").message == "1 of 400 cells is null."
    assert only(report, "outlier.value").message.startswith("1 value lies above ")
    assert only(report, "missing.text").message.startswith("1 cell holds a word")


def test_missing_text_is_a_warning():
    report = dc.check(pl.DataFrame({"a": ["x", "y", None] * 40}))
    assert only(report, "missing.null").severity == "warning"


def test_a_null_where_none_is_allowed_is_said_once():
    report = dc.check(NULLS, schema())
    assert only(report, "schema.nullable").severity == "error"
    assert not {"missing.null", "missing.nan"} & codes(report)


@pytest.mark.parametrize(
    ("prepare", "severity"), [(None, "warning"), ({"impute": "median"}, "info")]
)
def test_what_is_declared_decides_how_grave_a_missing_cell_is(prepare, severity):
    report = dc.check(NULLS, schema(nullable=True, prepare=prepare))
    found = only(report, "missing.null")
    assert (found.severity, found.count, found.rows) == (severity, 2, (3, 5))
    assert only(report, "missing.nan").severity == severity
    assert report.ok


def test_a_declared_sentinel_is_missing_and_no_outlier():
    table = pl.DataFrame({"a": numbers(at1=-999.0, at7=-999.0, at8=None)})
    report = dc.check(
        table, schema(nullable=True, prepare={"missing_values": [-999], "impute": "median"})
    )
    found = only(report, "missing.sentinel")
    assert (found.severity, found.count, found.rows) == ("info", 2, (1, 7))
    assert found.values == (-999.0, -999.0)
    assert only(report, "missing.null").count == 1
    assert codes(report) == {"missing.sentinel", "missing.null"}


def test_a_sentinel_that_is_not_declared_stays_grave():
    table = pl.DataFrame({"a": numbers(**{f"at{i}": -999.0 for i in range(0, 60, 3)})})
    report = dc.check(table, schema(nullable=True, prepare={"impute": "median"}))
    assert only(report, "missing.sentinel").severity in ("error", "warning")


@pytest.mark.parametrize(
    ("policy", "severity"), [("error", "error"), ("missing", "info"), ("clip", "info")]
)
def test_the_infinite_policy_decides_how_grave_an_infinity_is(policy, severity):
    table = pl.DataFrame({"a": numbers(at4=float("inf"))})
    report = dc.check(table, schema(prepare={"infinite": policy, "impute": "median"}))
    found = only(report, "numeric.infinite")
    assert (found.severity, found.count, found.rows) == (severity, 1, (4,))
    assert (f"infinite: {policy}." in found.remedy) == (policy != "error")


def test_outliers_are_for_information_where_they_are_clipped():
    table = pl.DataFrame({"a": numbers(at4=5000.0)})
    assert only(dc.check(table, schema()), "outlier.value").severity == "warning"
    clipped = schema(prepare={"outliers": "clip"})
    found = only(dc.check(table, clipped), "outlier.value")
    assert found.severity == "info"
    assert found.remedy == "The schema takes care of it: outliers: clip."


def test_an_outlier_that_breaks_its_range_is_said_once():
    table = pl.DataFrame({"a": numbers(at4=5000.0)})
    report = dc.check(table, schema(checks=pa.Check.in_range(0, 100)))
    assert codes(report) == {"schema.in_range"}


def test_spreads_that_are_scaled_need_no_warning():
    table = pl.DataFrame({"a": numbers(), "b": [1e6 * x for x in numbers(1)]})
    assert "scale.spread" in codes(dc.check(table))
    scaled = pa.Column(float, metadata=dc.prepare(scale="robust"))
    assert codes(dc.check(table, pa.DataFrameSchema({"a": scaled, "b": scaled}))) == set()


def test_numbers_as_text_are_fine_where_text_is_declared():
    table = pl.DataFrame({"a": [str(n) for n in range(1000, 1000 + ROWS)]})
    assert "type.numeric_text" in codes(dc.check(table))
    assert codes(dc.check(table, schema(str))) == set()


def test_a_constant_is_fine_where_it_is_declared():
    table = pl.DataFrame({"a": [7.0] * ROWS})
    assert codes(dc.check(table, schema())) == {"scale.constant"}
    assert codes(dc.check(table, schema(checks=pa.Check.equal_to(7.0)))) == set()


def test_quartiles_without_spread_matter_to_robust_scaling_alone():
    table = pl.DataFrame({"a": [0.0] * 330 + [x - 40 for x in numbers()[:70]]})
    assert "scale.degenerate" in codes(dc.check(table))
    assert "scale.degenerate" in codes(dc.check(table, schema(prepare={"scale": "robust"})))
    assert "scale.degenerate" not in codes(dc.check(table, schema(prepare={"scale": "zscore"})))
    assert "scale.degenerate" not in codes(dc.check(table, schema()))


def test_nothing_is_said_of_columns_that_the_schema_filters_out():
    table = pl.DataFrame({"a": numbers(), "b": numbers(1, at3=None)})
    strict = pa.DataFrameSchema({"a": pa.Column(float)}, strict="filter")
    assert codes(dc.check(table, strict)) == set()
    loose = pa.DataFrameSchema({"a": pa.Column(float)})
    assert codes(dc.check(table, loose), "b") == {"missing.null"}


def test_an_all_missing_column_is_said_once():
    table = pl.DataFrame({"a": pl.Series([None] * 50, dtype=pl.Float64)})
    assert codes(dc.check(table)) == {"missing.all"}
    report = dc.check(table, schema(nullable=True, prepare={"impute": "median"}))
    assert codes(report) == {"missing.all"}
    assert not report.ok
    filled = {"impute": "constant", "fill_value": 0.0}
    assert dc.check(table, schema(nullable=True, prepare=filled)).ok


def test_text_in_a_number_column_is_read_as_declared(tmp_path):
    path = tmp_path / "t.csv"
    cells = [f"{x:.3f}" for x in numbers()]
    cells[2] = cells[5] = "NA"
    cells[9] = "ca. 7"
    path.write_text("a\n" + "\n".join(cells) + "\n", encoding="utf-8")
    report = dc.check(
        path, schema(nullable=True, prepare={"missing_values": ["NA"], "impute": "median"})
    )
    bad = only(report, "schema.dtype")
    assert (bad.count, bad.rows, bad.values) == (1, (9,), ("ca. 7",))
    missing = only(report, "missing.text")
    assert (missing.severity, missing.count, missing.rows) == ("info", 2, (2, 5))
    assert codes(report) == {"schema.dtype", "missing.text"}


def test_an_empty_text_that_is_declared_missing_can_be_seen():
    table = pl.DataFrame({"a": ["x", "", "y", "NA"] * 10})
    prepare = {"missing_values": ["NA", ""], "impute": "most_frequent"}
    report = dc.check(table, schema(str, nullable=True, prepare=prepare))
    assert only(report, "missing.text").message == "20 cells are declared missing ('', NA)."


def test_declared_numbers_and_words_are_told_apart_in_text(tmp_path):
    path = tmp_path / "t.csv"
    cells = [f"{x:.3f}" for x in numbers()]
    cells[2], cells[5], cells[7] = "NA", "-999", "-999.0"
    path.write_text("a\n" + "\n".join(cells) + "\n", encoding="utf-8")
    prepare = {"missing_values": ["NA", -999], "impute": "median"}
    report = dc.check(path, schema(nullable=True, prepare=prepare))
    assert only(report, "missing.text").rows == (2,)
    assert only(report, "missing.sentinel").values == ("-999", "-999.0")
    assert codes(report) == {"missing.text", "missing.sentinel"}


def test_a_word_among_the_numbers_of_a_csv_is_said_once(tmp_path):
    path = tmp_path / "t.csv"
    cells = [f"{x:.3f}" for x in numbers()]
    cells[2] = "NA"
    path.write_text("a\n" + "\n".join(cells) + "\n", encoding="utf-8")
    assert codes(dc.check(path)) == {"missing.text"}
    same = pl.DataFrame({"a": cells})
    assert codes(dc.check(same)) == {"missing.text", "type.numeric_text"}


def test_validate_is_the_schema_alone():
    table = pl.DataFrame({"a": numbers(at4=5000.0), "b": [None] * ROWS})
    report = dc.validate(table, schema(checks=pa.Check.le(100)))
    assert codes(report) == {"schema.less_than_or_equal_to"}
    assert report.source["rows"] == ROWS
    assert report.source["columns"] == 2


def test_raise_for_says_what_was_found_or_asked_wrongly():
    report = dc.check(NULLS)
    with pytest.raises(dc.FindingsError, match="2 findings at or above 'error'"):
        report.raise_for("error")
    with pytest.raises(dc.DatacheckError, match="did you mean 'error'"):
        report.raise_for("eror")


def test_a_report_is_strict_json():
    table = pl.DataFrame({"a": numbers(at4=float("inf"), at5=float("nan"))})
    document = json.loads(dc.check(table).to_json(), parse_constant=pytest.fail)
    assert document["format"] == "datacheck.report"
    found = {f["code"]: f for f in document["findings"]}
    assert found["numeric.infinite"]["values"] == ["inf"]


def test_a_table_without_rows_is_not_well():
    empty = pl.DataFrame({"a": pl.Series([], dtype=pl.Float64)})
    prepared = pa.Column(float, metadata=dc.prepare(scale="robust"))
    for schema in (None, pa.DataFrameSchema({"a": prepared})):
        report = dc.check(empty, schema)
        assert report.source["rows"] == 0
        assert [(f.code, f.severity) for f in report.findings] == [("rows.none", "error")]
        assert not report.ok
    assert [f.code for f in dc.validate(empty, schema).findings] == ["rows.none"]
    assert "rows.none" in {f.code for f in dc.compare(pl.DataFrame({"a": [1.5]}), empty).findings}
    with pytest.raises(dc.DataError, match="no rows"):
        dc.fit(empty, schema)


@pytest.mark.parametrize(
    ("rows", "severity"),
    [(ROWS, None), (ROWS // 2, None), (ROWS // 2 - 1, "info"), (ROWS // 5, "info"),
     (ROWS // 5 - 1, "warning"), (1, "warning"), (2 * ROWS, None)],
)  # fmt: skip
def test_far_fewer_rows_than_the_reference_has_are_told(rows, severity):
    reference = pl.DataFrame({"a": numbers()})
    data = pl.concat([reference, reference]).head(rows)
    prepared = pa.DataFrameSchema({"a": pa.Column(float, metadata=dc.prepare(scale="robust"))})
    for known in (reference, dc.profile(reference), dc.fit(reference, prepared)):
        found = {f.code: f.severity for f in dc.compare(known, data).findings}
        assert found.get("drift.row_count") == severity


def test_profile_is_a_verb():
    made = dc.profile(pl.DataFrame({"a": numbers()}))
    assert (made.rows, list(made.columns)) == (ROWS, ["a"])


REFERENCE = pl.DataFrame({"a": numbers(), "b": numbers(1), "c": ["x", "y"] * (ROWS // 2)})
CHANGED = pl.DataFrame({"a": [x * 1000 for x in numbers(2)], "c": REFERENCE["c"], "d": numbers(3)})
DRIFT = {
    ("drift.unit_change", "a"),
    ("drift.column_missing", "b"),
    ("drift.column_extra", "d"),
}


def drift(report):
    return {(f.code, f.column) for f in report.findings if f.code.startswith("drift.")}


def test_compare_finds_nothing_in_another_sample_of_the_same():
    again = pl.DataFrame({"a": numbers(5), "b": numbers(6), "c": REFERENCE["c"]})
    assert codes(dc.compare(REFERENCE, again)) == set()


def test_a_null_that_became_nan_on_its_way_through_pandas_is_no_news():
    holes = {f"at{place}": None for place in range(0, 200, 7)}
    table = pl.DataFrame({"a": numbers(**holes), "b": numbers(1)})
    through = table.to_pandas()
    assert only(dc.check(through), "missing.nan").count == len(holes)
    assert dc.compare(table, through).findings == ()
    assert dc.compare(through, table).findings == ()
    more = pl.DataFrame({"a": numbers(**{f"at{place}": None for place in range(200)})})
    assert "drift.missing_rate" in codes(dc.compare(through[["a"]], more))


def test_compare_names_what_changed():
    report = dc.compare(REFERENCE, CHANGED)
    assert drift(report) == DRIFT
    assert only(report, "drift.unit_change").evidence["factor"] == pytest.approx(1000)


def test_a_profile_is_a_reference_alive_or_saved(tmp_path):
    made = dc.profile(REFERENCE)
    saved = tmp_path / "p.json"
    saved.write_text(made.to_json(), encoding="utf-8")
    expected = dc.compare(REFERENCE, CHANGED).to_dict()["findings"]
    assert dc.compare(made, CHANGED).to_dict()["findings"] == expected
    assert dc.compare(saved, CHANGED).to_dict()["findings"] == expected


def test_a_transform_as_reference_knows_columns_and_kinds(tmp_path):
    filled = dc.prepare(impute="most_frequent")
    columns = {name: pa.Column(float, metadata=filled) for name in "ab"}
    columns["c"] = pa.Column(str, metadata=filled)
    fitted = dc.fit(REFERENCE, pa.DataFrameSchema(columns))
    fitted.save(tmp_path / "t.json")
    broken = CHANGED.with_columns(c=pl.lit(1.0))
    near = pa.Column(float, nullable=True, metadata=dc.prepare(impute="knn"))
    donors = dc.fit(REFERENCE, pa.DataFrameSchema(columns | {"a": near}))
    donors.save(tmp_path / "donors.json")
    for reference in (fitted, tmp_path / "t.json", tmp_path / "donors.json"):
        found = drift(dc.compare(reference, broken))
        assert found == {("drift.column_missing", "b"), ("drift.dtype", "c")}


def test_a_reference_of_json_is_a_table_in_any_layout(tmp_path):
    table = pl.DataFrame({"a": [1, 2, 3], "b": [0.5, 1.5, 2.5]})
    wanted = dc.compare(table, table.with_columns(c=1)).to_dict()["findings"]
    for name, text in {
        "records.json": table.write_json(),
        "lines.json": table.write_ndjson(),
        "columns.json": table.to_pandas().to_json(),
        "split.json": table.to_pandas().to_json(orient="split"),
        "lines.ndjson": table.write_ndjson(),
    }.items():
        (tmp_path / name).write_text(text)
        found = dc.compare(tmp_path / name, table.with_columns(c=1)).to_dict()["findings"]
        assert found == wanted, name


def test_a_document_that_is_no_reference_is_refused(tmp_path):
    path = tmp_path / "r.json"
    path.write_text(dc.check(REFERENCE).to_json(), encoding="utf-8")
    with pytest.raises(dc.ArtefactError, match="no reference"):
        dc.compare(path, CHANGED)
    path.write_text('{"format": ')
    with pytest.raises(dc.ArtefactError, match="no whole JSON"):
        dc.compare(path, CHANGED)
    with pytest.raises(dc.SourceError, match=r"got: near it: r.json"):
        dc.compare(tmp_path / "rr.json", CHANGED)


def test_check_with_a_reference_says_all_of_it_once():
    table = CHANGED.with_columns(e=pl.Series(numbers(at1=None)))
    report = dc.check(table, reference=REFERENCE)
    assert drift(report) == DRIFT | {("drift.column_extra", "e")}
    assert only(report, "missing.null").column == "e"


def test_check_with_schema_and_reference_says_all_of_it_once():
    table = CHANGED.with_columns(a=pl.Series([None, *CHANGED["a"][1:]]))
    declared = schema(nullable=True, checks=pa.Check.lt(100), prepare={"impute": "median"})
    report = dc.check(table, declared, REFERENCE)
    assert drift(report) == DRIFT
    assert only(report, "missing.null").severity == "info"
    assert only(report, "schema.less_than").count == ROWS - 1


def test_rows_that_are_odd_only_as_a_whole_are_found_on_request() -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=500)
    table = pl.DataFrame({f"c{i}": a + rng.normal(size=500) * 0.05 for i in range(4)})
    odd = pl.DataFrame({f"c{i}": [2.5 * (-1) ** i] for i in range(4)})
    table = pl.concat([table, odd])
    assert "outlier.row" not in {f.code for f in dc.check(table).findings}
    (found,) = [f for f in dc.check(table, row_outliers=True).findings if f.code == "outlier.row"]
    assert 500 in found.rows
    declared = dc.Schema(name="S", columns=(Column(name="c0", accept={"outlier.row": "so it is"}),))
    assert dc.check(table, declared, row_outliers=True).findings[-1].accepted is None


def test_an_error_names_no_more_findings_than_anybody_reads() -> None:
    frame = pl.DataFrame({f"c{at}": [1.0, None] for at in range(500)})
    with pytest.raises(dc.FindingsError, match=r"\n  and 400 more") as told:
        dc.check(frame).raise_for("error")
    assert len(str(told.value)) < 20_000
