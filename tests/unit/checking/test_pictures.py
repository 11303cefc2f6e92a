"""What a report's page shows beside the words, and what it never shows."""

import pandera.polars as pa
import polars as pl
import pytest

import datacheck as dc

ROWS = 60
FRAME = pl.DataFrame(
    {
        "id": [f"secret-{i}" for i in range(ROWS)],
        "mass": [float(i % 17) + 20 for i in range(ROWS - 2)] + [-999.0, -999.0],
        "kind": ["a", "b", "A"] * (ROWS // 3),
        "holed": [None] * 6 + [1.5 * i for i in range(ROWS - 6)],
    }
)


@pytest.fixture(scope="module")
def report():
    return dc.check(FRAME, reference=FRAME[: ROWS - 2])


def test_each_finding_has_a_picture_of_its_column_or_none(report):
    pictures = report.pictures(report)
    drawn = dict(zip([f.code for f in report.findings], pictures["findings"], strict=True))
    assert drawn["missing.sentinel"]["shape"]["apart"][0]["guilty"]
    assert drawn["missing.null"] is None
    assert [column["name"] for column in pictures["columns"]] == FRAME.columns
    assert pictures["tenths"]["holed"][0] == 1


def test_the_sample_has_the_guilty_rows_first(report):
    sample = report.pictures(report)["sample"]
    guilty = [any(row["guilty"]) for row in sample["rows"]]
    assert guilty == sorted(guilty, reverse=True)
    assert sum(guilty) >= 2
    by_row = {
        row["row"]: dict(zip(sample["names"], row["cells"], strict=True)) for row in sample["rows"]
    }
    assert by_row[58]["mass"] == -999.0
    page = report.to_html()
    assert "Sample rows, flagged ones first" in page
    assert "Sample rows" not in report.to_html(sample=False)
    assert "Sample rows" not in report._repr_html_()


def test_a_page_without_values_has_no_cell_and_no_axis(report):
    page = report.without_values().to_html()
    assert "Where cells are missing" in page
    for cell in ("secret-", "-999", 'class="shape"', "Sample rows"):
        assert cell not in page


def test_before_and_after_a_transform(tmp_path):
    schema = tmp_path / "s.yaml"
    schema.write_text(
        "schema_type: polars_dataframe\n"
        "columns: {holed: {nullable: true, prepare: {impute: median}}}\n"
    )
    fitted = dc.fit(FRAME, schema)
    made = dc.check(FRAME, schema, transform=fitted)
    pictures = made.pictures(made)
    (pair,) = [each for each in pictures["after"]["pairs"] if each["name"] == "holed"]
    assert (pair["before"]["null"], pair["after"]["null"]) == (6, 0)
    assert "Before and after the transform" in made.to_html()
    odd = dc.check(FRAME.with_columns(holed=pl.lit("x")), transform=fitted)
    assert "The transform refuses this table." in odd.to_html()


def test_a_report_that_has_travelled_has_words_alone(report):
    read = dc.Report.from_json(report.to_json())
    assert read.pictures is None
    assert "All columns" not in read.to_html()
    assert "holds no pictures" in read.to_html()
    assert "holds no pictures" not in report.to_html()
    assert "All columns" in report.to_html()


def drawn_of(report):
    codes = [found.code for found in report.findings]
    return dict(zip(codes, report.pictures(report)["findings"], strict=True))


NUMBERS = [float(i % 40) for i in range(200)]
#: Checks, and how many of NUMBERS fail each.
CHECKS = {
    "in_range: {min_value: 3, max_value: 35}": 35,
    "in_range: {min_value: 3, max_value: 35, include_min: false}": 40,
    "greater_than: 3": 20,
    "greater_than_or_equal_to: 3.5": 20,
    "less_than: 39": 5,
    "not_equal_to: 7": 5,
    "isin: {allowed_values: [1, 2, 3]}": 185,
}


@pytest.mark.parametrize("as_text", [False, True])
@pytest.mark.parametrize("check", CHECKS)
def test_the_cells_that_fail_a_check_are_marked(check, as_text, tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text(
        "schema_type: polars_dataframe\ncoerce: true\n"
        f"columns: {{x: {{dtype: Float64, {check}}}}}\n"
    )
    values = [f"{value:g}" for value in NUMBERS] if as_text else NUMBERS
    report = dc.check(pl.DataFrame({"x": values}), path)
    drawn = drawn_of(report)
    shape = drawn[f"schema.{check.partition(':')[0]}"]["shape"]
    marked = sum(shape["guilty"]) + sum(each["count"] for each in shape["apart"] if each["guilty"])
    # Of a check that compares all are known; of another one, those that the finding lists.
    exact = not check.startswith("isin")
    assert marked == CHECKS[check] if exact else 0 < marked <= CHECKS[check]


def test_a_heap_beyond_the_axis_tells_the_guilty_from_the_others():
    frame = pl.DataFrame({"x": [float(i % 20) for i in range(400)] + [90.0, 95.0, 1000.0]})
    schema = pa.DataFrameSchema({"x": pa.Column(float, pa.Check.le(200))})
    report = dc.check(frame, schema)
    drawn = drawn_of(report)
    apart = drawn["schema.less_than_or_equal_to"]["shape"]["apart"]
    assert [(each["count"], each["guilty"]) for each in apart] == [(2.0, False), (1.0, True)]


def test_texts_that_do_not_read_stand_beside_the_numbers(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text("schema_type: polars_dataframe\ncoerce: true\ncolumns: {x: {dtype: Float64}}\n")
    frame = pl.DataFrame({"x": [str(i) for i in range(60)] + ["heavy", "heavy", "ca. 3"]})
    report = dc.check(frame, path)
    drawn = drawn_of(report)
    apart = drawn["schema.dtype"]["shape"]["apart"]
    assert [(each["value"], each["count"]) for each in apart] == [("heavy", 2.0), ("ca. 3", 1.0)]


def test_where_cells_are_missing_is_of_the_finding_if_all_its_rows_are_listed():
    x = [float(i) for i in range(97)] + [None, None, None]
    found = dc.check(pl.DataFrame({"x": x, "y": x[::-1]}))
    page = found.to_html()
    assert "missing in x by tenths: 0%, 0%, 0%, 0%, 0%, 0%, 0%, 0%, 0%, 30%" in page
    assert "where these cells are, first row to last" in page
