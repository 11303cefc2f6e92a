"""Columns as people have them in pandas: three cells of each kind, most with a hole."""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import pathlib
import uuid
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

NAN = float("nan")


class Colour(enum.Enum):
    RED = 1


class Odd:
    """Says nothing of itself."""


class Broken:
    """Raises whatever is asked of it."""

    def __repr__(self) -> str:
        raise RuntimeError("no text")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no equal")

    __hash__ = object.__hash__


def _objects(*cells: Any) -> pd.Series:
    made = pd.Series([None] * len(cells), dtype=object)
    for place, cell in enumerate(cells):
        made.iat[place] = cell
    return made


def _arrow(cells: list[Any], dtype: pa.DataType) -> Any:
    return pd.array(cells, dtype=pd.ArrowDtype(dtype))


def numbers() -> dict[str, Any]:
    masked = pd.arrays.FloatingArray(np.array([1.5, NAN, 0.0]), np.array([False, False, True]))
    return {
        "int8": pd.Series([1, 2, 3], dtype="int8"),
        "uint64": pd.Series([1, 2**64 - 1, 3], dtype="uint64"),
        "identifier": pd.Series([2**60 + 1, 2**60 + 3, 3]),
        "float16": pd.Series([1.5, NAN, 2.0], dtype="float16"),
        "float32": pd.Series([1.5, NAN, 2.0], dtype="float32"),
        "float64": pd.Series([1.5, NAN, 2.0]),
        "longdouble": pd.Series([1.5, NAN, 2.0], dtype=np.longdouble),
        "complex": pd.Series([1j, 2, 3]),
        "bool": pd.Series([True, False, True]),
        "Int64": pd.array([2**60 + 1, None, 3], dtype="Int64"),
        "UInt8": pd.array([1, None, 3], dtype="UInt8"),
        "Float64": masked,
        "boolean": pd.array([True, None, False], dtype="boolean"),
        "sparse": pd.arrays.SparseArray([0.0, 1.0, NAN]),
        "sparse int": pd.arrays.SparseArray([0, 1, 0]),
        "sparse bool": pd.arrays.SparseArray([True, False, True], fill_value=False),
    }


def times() -> dict[str, Any]:
    far = np.array(["200000-01-01", "NaT", "2020-01-01"], dtype="datetime64[ms]")
    days = pd.to_datetime(["2020-03-29", "2020-03-30", "2021-01-01"])
    hours = dt.timezone(dt.timedelta(hours=5, minutes=30))
    return {
        "ns": pd.Series(np.array([1577836800000000123, 5, 7]).view("datetime64[ns]")),
        "s": pd.Series(pd.to_datetime(["2020", None, "2021"])).astype("datetime64[s]"),
        "far years": pd.Series(far),
        "zone": pd.Series(days.tz_localize("Europe/Berlin")),
        "offset": pd.Series(days.tz_localize(hours)),
        "timedelta ns": pd.Series(pd.to_timedelta([1, None, 3], unit="ns")),
        "timedelta s": pd.Series(pd.to_timedelta([1, 2, 3], unit="s")).astype("timedelta64[s]"),
        "period": pd.Series(pd.PeriodIndex(["2020-01", "NaT", "2022-02"], freq="M")),
        "interval": pd.arrays.IntervalArray.from_tuples([(0, 1), None, (2, 3)]),
    }


def texts_and_categories() -> dict[str, Any]:
    ordered = ["low", "mid", "high"]
    return {
        "string": pd.array(["a", None, "b"], dtype="string"),
        "string[pyarrow]": pd.array(["a", None, "b"], dtype="string[pyarrow]"),
        "category": pd.Categorical(["u", None, "v"]),
        "ordered": pd.Categorical(["mid", None, "low"], categories=ordered, ordered=True),
        "category of int": pd.Categorical([3, None, 1], categories=[3, 1, 2]),
        "category of days": pd.Categorical(pd.to_datetime(["2020", "2021", "2020"])),
        "category of several": pd.Categorical([1, "a", None]),
        "category of nothing": pd.Categorical([None] * 3),
        "category of intervals": pd.cut([1, 5, 9], [0, 3, 6, 10]),
        "arrow double": _arrow([1.5, None, 2.5], pa.float64()),
        "arrow decimal": _arrow([decimal.Decimal("1.50"), None, None], pa.decimal128(10, 2)),
        "arrow wide decimal": _arrow([decimal.Decimal("1e40"), None, None], pa.decimal256(50, 2)),
        "arrow list": _arrow([[1], None, [2, 3]], pa.list_(pa.int64())),
        "arrow struct": _arrow([{"a": 1}, None, {"a": 2}], pa.struct([("a", pa.int64())])),
        "arrow date": _arrow([dt.date(2020, 1, 1), None, None], pa.date32()),
        "arrow time": _arrow([dt.time(1), None, dt.time(2)], pa.time64("us")),
        "arrow binary": _arrow([b"a", None, b"b"], pa.binary()),
    }


def objects() -> dict[str, Any]:
    day, moment = dt.date(2020, 1, 1), dt.datetime.fromisoformat("2021-01-01T05:30")
    utc, berlin = pd.Timestamp("2020", tz="UTC"), pd.Timestamp("2021", tz="Europe/Berlin")
    return {
        "text and NaN": _objects("a", NAN, "b"),
        "text and None": _objects("a", None, "b"),
        "text and NA": _objects("a", pd.NA, "b"),
        "text of numpy": _objects(np.str_("a"), None, "b"),
        "empty text": _objects("", "a", NAN),
        "lone surrogate": _objects("\ud800", "a", None),
        "booleans": _objects(True, NAN, False),
        "numpy booleans": _objects(np.bool_(True), None, False),
        "integers": _objects(1, NAN, 2),
        "wide integers": _objects(2**70, NAN, 2**71),
        "endless integers": _objects(2**200, None, 1),
        "floats": _objects(1.5, None, NAN),
        "uuids": _objects(uuid.UUID(int=1), None, uuid.UUID(int=2)),
        "paths": _objects(pathlib.Path("a"), None, pathlib.Path("b")),
        "enums": _objects(Colour.RED, None, Colour.RED),
        "dicts": _objects({"a": 1}, None, {"a": 2}),
        "unlike dicts": _objects({"a": 1}, None, {"a": "x"}),
        "lists": _objects([1], None, [2, 3]),
        "arrays": _objects(np.array([1, 2]), None, np.array([3])),
        "sets": _objects({1}, None, {2}),
        "dates": _objects(day, None, dt.date(9999, 12, 31)),
        "date first": _objects(day, moment, None),
        "datetime first": _objects(moment, day, None),
        "timestamps": _objects(utc.tz_localize(None), pd.NaT, berlin.tz_localize(None)),
        "two zones": _objects(utc, None, berlin),
        "zone and none": _objects(utc, None, berlin.tz_localize(None)),
        "timedeltas": _objects(dt.timedelta(1), None, pd.Timedelta(5, "ns")),
        "times": _objects(dt.time(1), None, dt.time(2)),
        "decimals": _objects(decimal.Decimal("1.5"), None, decimal.Decimal("NaN")),
        "wide decimals": _objects(decimal.Decimal("1e50"), None, decimal.Decimal(1)),
        "bytes": _objects(b"a", None, b"b"),
        "periods": _objects(pd.Period("2020-01"), None, pd.Period("2021-01")),
        "several": _objects(1, "a", 2.5),
        "nothing": _objects(None, None, None),
        "NaN alone": _objects(NAN, NAN, NAN),
        "every NA": _objects(pd.NA, pd.NaT, None),
        "odd": _objects(Odd(), None, Odd()),
        "broken": _objects(Broken(), None, Broken()),
        "frames": _objects(pd.DataFrame(), None, 1),
        "functions": _objects(len, None, print),
        "complex numbers": _objects(1j, None, 2j),
    }


def kinds() -> dict[str, Any]:
    """A column of each kind, by its name."""
    return numbers() | times() | texts_and_categories() | objects()
