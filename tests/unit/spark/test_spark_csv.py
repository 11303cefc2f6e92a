"""CSV on Spark: the cells and types of datacheck's own reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import datacheck as dc
import datacheck.spark as ds
from datacheck.errors import DatacheckError, SourceError
from datacheck.source import open_source
from datacheck.spark.delimited import open_delimited
from datacheck.spark.paths import open_path
from tests.unit.spark.tables import from_spark

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

KINDS = '''\
id,whole,real,flag,day,at,utc,code,word,none,mixed,"a.b ""c"""
1,7,0.5,true,2024-02-29,2024-02-29T12:30:00,2024-02-29T12:30:00Z,007,x,,1,1
2,-12,-0,FALSE,2024-03-01,2024-02-29T12:30:00.25,2024-02-29T12:30:00.5Z,1,"a ""b"", c",,,2
3,9223372036854775807,1e5,,,,,,"line
two",,NA,3
4,,NaN,True,2024-03-01,2024-02-29T12:30:01,2024-03-29T12:30:00Z,12,"",,3,4
5,0,-inf,true,2024-03-01,2024-02-29T12:30:01,2024-03-29T12:30:00Z, 12 ,é|ü,,4,5
'''


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("name", ["x.csv", "x.tsv"])
def test_cells_and_types_are_those_of_the_local_reader(
    spark: SparkSession, tmp_path: Path, name: str, end: str
) -> None:
    text = KINDS.replace("line\ntwo", "line two") if end != "\n" else KINDS
    if name.endswith("tsv"):
        text = text.replace('"a ""b"", c"', "a b c").replace(",", "\t")
    path = tmp_path / name
    path.write_text(text.replace("\n", end), encoding="utf-8", newline="")
    opened = open_path(spark, str(path))
    expected = dc.read(path).collect()
    assert opened.dtypes == expected.schema
    assert from_spark(opened.given).equals(expected, null_equal=True)
    assert opened.text


def test_declared_text_is_the_text_of_the_file(spark: SparkSession, tmp_path: Path) -> None:
    path, schema = tmp_path / "x.csv", tmp_path / "s.yaml"
    path.write_text("plot,x\n10,1\n1e1,2\n10.0,NA\n")
    schema.write_text(
        "schema_type: polars_dataframe\ncolumns:\n"
        "  plot: {dtype: String, isin: {value: ['10', '10.0']}}\n"
        "  x: {dtype: Float64, nullable: true,"
        " prepare: {missing_values: [NA], impute: median, scale: minmax}}\n"
    )
    opened = open_path(spark, str(path))
    report, local = ds.validate(opened, schema), dc.validate(path, schema)
    assert [f.to_dict() for f in report.findings] == [f.to_dict() for f in local.findings]
    assert report.findings[0].values == ("1e1",)
    fitted = ds.fit(opened, schema)
    assert fitted.fitted.programs == dc.fit(path, schema).fitted.programs
    got = from_spark(ds.apply(fitted, opened))
    assert got.equals(fitted.apply(dc.read(path)).collect())
    good, bad = (from_spark(part) for part in ds.split(opened, schema))
    expected = [part.collect() for part in dc.split(path, schema)]
    assert good.equals(expected[0])
    assert bad.equals(expected[1])


PANDAS = ";a;b;ß\n0;1.234,5;NA;x\n1;-2,25;7;-\n2;;8;y\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (PANDAS, {"separator": ";", "decimal": ",", "thousands": "."}),
        (PANDAS, {"separator": ";", "decimal": ",", "thousands": ".", "null_values": ["NA", "-"]}),
        (PANDAS, {"separator": ";", "columns": ["b", "index"]}),
        ("1,x,2024-01-01\n2,y,2024-01-02\n", {"header": False}),
        (",index,x\n5,1,2\n6,3,4\n", {"name": "the table"}),
        ('"","x"\n"1",5\n"2",6\n', {}),
    ],
)
def test_it_is_read_as_it_is_said_to_be(
    spark: SparkSession, tmp_path: Path, text: str, words: Any
) -> None:
    path = tmp_path / "x.csv"
    path.write_text(text)
    opened = open_path(spark, str(path), words)
    expected = open_source(path, **words)
    assert from_spark(opened.given).equals(expected.frame.collect(), null_equal=True)
    assert opened.dtypes == expected.frame.collect_schema()
    assert opened.name == words.get("name", str(path))


@pytest.mark.parametrize(
    ("text", "said"),
    [("a,,b\n1,2,3\n", "without a name"), ("a,b,a\n1,2,3\n", "two columns of one name")],
)
def test_names_that_spark_would_make_up_are_refused(
    spark: SparkSession, tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "x.csv"
    path.write_text(text)
    with pytest.raises(DatacheckError, match=said):
        open_path(spark, str(path))


def test_several_files_are_one_table(spark: SparkSession, tmp_path: Path) -> None:
    for number, cells in enumerate(("1", "2.5", "x")):
        (tmp_path / f"{number}.csv").write_text(f"a,b\n{cells},{number}\n")
    opened = open_path(spark, f"{tmp_path}/[01].csv")
    assert opened.dtypes == {"a": pl.Float64, "b": pl.Int64}
    assert open_path(spark, str(tmp_path)).dtypes["a"] == pl.String


@pytest.mark.parametrize("text", ["a,b\n1,2\n3\n", "a,b\n1,2\n3,4,5\n"])
def test_ragged_rows_are_refused(spark: SparkSession, tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text(text)
    with pytest.raises(SourceError, match="MALFORMED"):
        open_delimited(spark, f"file://{path}", ",", "x.csv")


@pytest.mark.parametrize("kind", ["delta", "iceberg"])
def test_a_table_with_a_log_is_never_read_as_loose_parquet(
    spark: SparkSession, tmp_path: Path, kind: str
) -> None:
    log = "_delta_log/0.json" if kind == "delta" else "metadata/0-a.metadata.json"
    table = tmp_path / "t"
    (table / log).parent.mkdir(parents=True)
    (table / log).write_text("{}")
    (table / "day=1").mkdir()
    pl.DataFrame({"x": [1]}).write_parquet(table / "day=1" / "0.parquet")
    for path in (f"{table}", f"{table}/day=1", f"{table}/*/*.parquet", f"file://{table}/"):
        with pytest.raises(SourceError, match=r"(Delta Lake|Iceberg) table"):
            open_path(spark, path)
    loose = tmp_path / "loose"
    (table / "day=1").rename(loose)
    for path in (f"{loose}", f"file://{loose}"):
        assert from_spark(open_path(spark, path).given)["x"].to_list() == [1]
