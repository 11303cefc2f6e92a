"""A schema that was written and read again is the schema that was declared."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from datacheck.errors import SchemaError
from datacheck.plan.suggested import Suggested
from datacheck.schema import Check, Column, Knn, Prepare, Schema, TableDeclaration, load_schema
from datacheck.schema.declare import ROLES, Number
from datacheck.schema.options import fits_dtype, read_prepare, written_prepare
from datacheck.schema.write import write_script
from datacheck.schema.yaml import values_fit

NAMES = st.text(alphabet=st.characters(exclude_categories=("Cs",)), min_size=1, max_size=8).filter(
    lambda name: not (name.startswith("^") and name.endswith("$"))
)
WORDS = st.text(alphabet="abc #:'\"-é{}[]\n\t\x85\u2028\U0001f600", max_size=6)
NUMBERS = st.one_of(
    st.integers(-(10**18), 10**18), st.floats(allow_nan=False, allow_infinity=False)
)
DTYPES = st.sampled_from(
    [None, pl.Int64(), pl.Float64(), pl.Float32(), pl.UInt8(), pl.Decimal(10, 2)]
)
BOUNDS = st.sampled_from(
    ["greater_than", "greater_than_or_equal_to", "less_than", "less_than_or_equal_to", "equal_to"]
)


@st.composite
def checks(draw: st.DrawFn) -> Check:
    options: dict[str, Any] = {
        "ignore_na": draw(st.booleans()),
        "raise_warning": draw(st.booleans()),
        "error": draw(st.sampled_from([None, "too much"])),
    }
    kind = draw(st.integers(0, 4))
    if kind == 0:
        name = draw(BOUNDS)
        parameter = {"equal": "value", "great": "min_value", "less_": "max_value"}[name[:5]]
        return Check(name=name, arguments={parameter: draw(NUMBERS)}, **options)
    if kind == 1:
        low, high = sorted([draw(NUMBERS), draw(NUMBERS)])
        opened = {"include_min": False} if low < high and draw(st.booleans()) else {}
        bounds = {"min_value": low, "max_value": high, **opened}
        return Check(name="in_range", arguments=bounds, **options)
    if kind == 2:
        values = tuple(draw(st.lists(st.one_of(NUMBERS, WORDS), max_size=4)))
        name = draw(st.sampled_from(["isin", "notin"]))
        key = {"isin": "allowed_values", "notin": "forbidden_values"}[name]
        return Check(name=name, arguments={key: values}, **options)
    if kind == 3:
        return Check(name="str_startswith", arguments={"string": draw(WORDS)}, **options)
    bounds = draw(st.sampled_from([{"max_value": 5}, {"min_value": 2}, {"exact_value": 3}]))
    return Check(name="str_length", arguments=bounds, **options)


def goes_with_its_role(prepare: Prepare) -> bool:
    try:
        read_prepare(written_prepare(prepare), "drawn")
    except SchemaError:
        return False
    return True


@st.composite
def prepares(draw: st.DrawFn) -> Prepare:
    impute = draw(st.sampled_from(["none", "median", "mean", "most_frequent", "constant", "knn"]))
    scale = draw(st.sampled_from(["none", "robust", "zscore", "minmax"]))
    encode = draw(st.sampled_from(["none", "one_hot", "ordinal"]))
    beside: dict[str, Any] = {}
    if scale == "minmax":
        beside |= {"feature_range": (-1.0, 2.0), "clip": draw(st.booleans())}
    if encode != "none":
        beside |= {
            "unknown": draw(st.sampled_from(["error", "zeros", "infrequent"])),
            "min_frequency": draw(st.sampled_from([None, 3, 0.25])),
            "max_categories": draw(st.sampled_from([None, 4])),
        }
    role = draw(st.sampled_from([None, *ROLES]))
    made = Prepare(
        missing_values=tuple(draw(st.lists(st.one_of(st.integers(-999, -990), WORDS), max_size=3))),
        infinite=draw(st.sampled_from(["error", "missing", "clip"])),
        outliers=draw(st.sampled_from(["keep", "clip", "missing"])),
        outlier_rule=draw(st.sampled_from(["iqr", "mad", "zscore"])),
        outlier_threshold=draw(st.sampled_from([None, 2, 0.5])),
        impute=impute,
        fill_value=draw(st.sampled_from([0, 1.5])) if impute == "constant" else None,
        scale=scale,
        encode=encode,
        role=role,
        number=draw(
            st.sampled_from(
                [None, Number(), Number(decimal=",", thousands=".", units={"kg": 1.0, "%": 0.01})]
            )
        ),
        spellings=draw(st.sampled_from([{}, {"Male": ("male", "Male ")}])),
        power=draw(st.sampled_from(["none", "log1p"])),
        indicator=draw(st.booleans()),
        **beside,
    )
    return made if goes_with_its_role(made) else replace(made, role=None)


@st.composite
def schemas(draw: st.DrawFn) -> Schema:
    names = draw(st.lists(NAMES, unique=True, max_size=4))
    table = TableDeclaration(
        coerce=draw(st.booleans()),
        strict=draw(st.sampled_from([True, False, "filter"])),
        ordered=draw(st.booleans()),
        unique=draw(st.sampled_from([(), (("a",),), (("a", "b"),), (("a",), ("b", "c"))])),
        add_missing_columns=draw(st.booleans()),
        title=draw(st.one_of(st.none(), WORDS)),
        checks=tuple(draw(st.lists(checks(), max_size=2))),
    )
    columns = tuple(draw(columns_called(name, table)) for name in names)
    knn = Knn(n_neighbors=draw(st.integers(1, 9)), features=draw(st.sampled_from([None, ("a",)])))
    output = draw(st.sampled_from(["float64", "float32"]))
    return Schema(name=draw(NAMES), columns=columns, table=table, knn=knn, output=output)


@st.composite
def columns_called(draw: st.DrawFn, name: str, table: TableDeclaration) -> Column:
    drawn = draw(st.lists(checks(), max_size=3))
    if len({check.name for check in drawn}) == len(drawn):
        # pandera's columns hold what a check allows by the check's name.
        drawn = [replace(each, allow=draw(st.sampled_from([None, 3, 0.01]))) for each in drawn]
    column = Column(
        name=name,
        dtype=draw(DTYPES),
        nullable=draw(st.booleans()),
        unique=draw(st.booleans()),
        coerce=draw(st.booleans()) or table.coerce,
        required=draw(st.booleans()),
        regex=draw(st.booleans()) and name.isalnum(),
        default=draw(st.sampled_from([None, 3, 0.5])),
        checks=tuple(drawn),
        accept=draw(st.sampled_from([{}, {"outlier.value": "weighed twice"}])),
        prepare=draw(st.one_of(st.none(), prepares())),
        description=draw(st.one_of(st.none(), WORDS)),
    )
    try:
        values_fit(column)
    except SchemaError:  # a check or a default that was drawn for another dtype
        column = replace(column, checks=(), default=None)
    fits_dtype(column)
    return column


@settings(max_examples=80, deadline=None)
@given(schemas())
def test_yaml_gives_back_what_was_written(schema: Schema) -> None:
    assert Schema.from_yaml(schema.to_yaml(), "file") == schema


@settings(max_examples=40, deadline=None)
@given(schemas())
def test_pandera_gives_back_what_it_was_told(schema: Schema) -> None:
    assert load_schema(schema.pandera) == schema


@settings(max_examples=40, deadline=None)
@given(schemas())
def test_python_gives_back_what_was_written(schema: Schema) -> None:
    module: dict[str, Any] = {}
    exec(write_script(schema), module)  # noqa: S102 - the text that is under test
    [made] = [each for each in module.values() if type(each).__name__ == "DataFrameSchema"]
    assert load_schema(made) == schema


@settings(max_examples=80, deadline=None)
@given(st.lists(st.one_of(NAMES, st.text("ab-:?!& ", min_size=1)), unique=True, min_size=1))
def test_each_reason_stands_above_its_own_column(names: list[str]) -> None:
    columns = tuple(Column(name=name, dtype=pl.Float64()) for name in names)
    reasons = {name: (f"reason {place}",) for place, name in enumerate(names)}
    head, *parts = Suggested(name="s", columns=columns, reasons=reasons).to_yaml().split("  # ")
    told = [part.split("\n", 1) for part in parts]
    assert [reason for reason, _ in told] == [f"reason {place}" for place in range(len(names))]
    read = [Schema.from_yaml(head + column, "s").columns for _, column in told]
    assert [[column.name for column in each] for each in read] == [[name] for name in names]
