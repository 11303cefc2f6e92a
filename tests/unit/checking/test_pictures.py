"""What a report's page shows beside the words, and what it never shows."""

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
    assert "Some rows, the guilty ones first" in page
    assert "Some rows" not in report.to_html(sample=False)
    assert "Some rows" not in report._repr_html_()


def test_a_page_without_values_has_no_cell_and_no_axis(report):
    page = report.without_values().to_html()
    assert "Where cells are missing" in page
    for cell in ("secret-", "-999", 'class="shape"', "Some rows"):
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
    assert "Every column" not in read.to_html()
    assert "Every column" in report.to_html()
