"""Fitting: a schema's preparation and a table become plain numbers.

Learning an encoding: which categories there are, and which code or cell each gets.

`min_frequency`, `max_categories` and `drop` mean what scikit-learn means by them, and the cells are
called as `OneHotEncoder.get_feature_names_out` calls them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from datacheck.errors import DataError, SchemaError
from datacheck.ops import (
    Cast,
    Encode,
    Fill,
    Fitted,
    Indicator,
    KnnFill,
    OneHot,
    Op,
    Program,
    Scalar,
    Seen,
    outputs,
)
from datacheck.report import Finding
from datacheck.schema import Prepare, Schema
from datacheck.schema.dtypes import read_dtype
from datacheck.schema.normal import fill_of
from datacheck.text import briefly
from datacheck.transform.arrays import run
from datacheck.transform.cell import plain_value
from datacheck.transform.fit_columns import FitColumn, asks_numbers, moment
from datacheck.transform.learn import Learned, learn_number
from datacheck.transform.tables import FitTable
from datacheck.version import __version__


def fit_table(
    table: FitTable, targets: Sequence[FitColumn], schema: Schema, name: str, names: Sequence[str]
) -> Fitted:
    """Fit every target; the facade adds golden rows and what validation finds."""
    if not table.height:
        raise DataError(
            f"{name} has no rows to fit on",
            expected="at least one row",
            todo="check what produced the table",
        )
    questions = {
        target.program.column: learn_number(target.prepare, target.program.column)
        for target in targets
        if asks_numbers(target)
    }
    learned = table.learn(questions)
    programs = [
        _number_program(target, learned[target.program.column], schema)
        if target.program.kind == "number"
        else _other_program(target, table, learned.get(target.program.column), schema.output)
        for target in targets
    ]
    _check_names(programs, names)
    scaled = {p.column: learned[p.column] for p in programs if p.kind == "number"}
    for column, each in scaled.items():
        _check_range(column, each, schema.output)
    notes = [finding for column, each in scaled.items() for finding in _notes(column, each)]
    donors = None
    if any(target.prepare.impute == "knn" for target in targets):
        from datacheck.transform.donors import choose_donors

        donors, costs = choose_donors(programs, table, schema.knn)
        notes += costs
    return Fitted(
        programs=tuple(programs),
        output=schema.output,
        donors=donors,
        golden=(),
        findings=tuple(finding.to_dict() for finding in notes),
        producer=f"datacheck {__version__}",
        seen=_seen(table, targets, learned),
    )


def _seen(table: FitTable, targets: Sequence[FitColumn], learned: dict[str, Learned]) -> Seen:
    """What is kept of the table, for `compare` to hold a later one against."""
    others = {
        target.program.column: table.counted(target.program.column)
        for target in targets
        if not asks_numbers(target)
    }
    missing = {name: each.missing for name, each in (learned | others).items()}
    categories = {
        name: each.categories for name, each in others.items() if each.categories is not None
    }
    return Seen(table.height, missing, categories)


def _number_program(target: FitColumn, learned: Learned, schema: Schema) -> Program:
    affine, fill, power = learned.affine, learned.fill, learned.power
    name = target.program.column
    beside = Indicator(f"{name}_missing") if target.prepare.indicator else None
    tail: list[Op | None] = [beside, fill, power, affine]
    if target.prepare.impute == "knn":
        fallback = 0.0 if fill is None else float(fill.value)
        if schema.knn.space == "scaled" and affine is not None:
            if power is not None:
                raise SchemaError(
                    f"Column {name!r} is filled from neighbours in the scaled space, before which "
                    "its power would have to stand",
                    got=f"power: {power.function}, impute: knn",
                    todo="declare knn: {space: raw} for the table, or another imputation",
                )
            tail = [beside, affine, KnnFill((fallback - affine.center) * affine.inverse_scale)]
        else:
            tail = [beside, KnnFill(fallback), power, affine]
    ops = (*target.program.ops, *learned.clips, *(op for op in tail if op is not None))
    return target.program._replace(ops=(*ops, Cast(schema.output)))


def _other_program(
    target: FitColumn, table: FitTable, learned: Learned | None, output: str
) -> Program:
    """A column that is not computed with: what fills it, and how it is encoded."""
    program, prepare = target.program, target.prepare
    fill = _filling(target, table, learned)
    ops = program.ops if fill is None else (*program.ops, Fill(fill))
    if prepare.encode == "none":
        return program._replace(ops=ops)
    counts = table.counts(program.column)
    declared = _declared_categories(target)
    missing = table.height - sum(counts.values())
    found = categories_of(program.column, prepare, counts, missing, fill, declared)
    encode, hot = learn_encoding(program.column, prepare, found, table.height)
    more = (encode,) if hot is None else (encode, hot)
    return program._replace(ops=(*ops, *more, Cast(output)))


def _filling(target: FitColumn, table: FitTable, learned: Learned | None) -> Any:
    program, prepare = target.program, target.prepare
    if prepare.impute == "none":
        return None
    if learned is not None and learned.fill is not None:
        return moment(float(learned.fill.value), target)
    if prepare.impute == "constant":
        return plain_value(_fill(target))
    value = plain_value(table.most_frequent(program.column))
    if value is None:
        raise DataError(
            f"Column {program.column!r} has no value to fit on: every cell is missing",
            todo="drop the column from the schema, or declare impute: constant",
        )
    return value


def _declared_categories(target: FitColumn) -> list[Any] | None:
    """What the schema's `isin` allows, as the column's cells are; None without one."""
    for check in target.column.checks:
        if check.name == "isin":
            values = list(dict.fromkeys(check.arguments["allowed_values"]))
            missing = {*target.prepare.missing_values, *spelt_away(target)}
            return [value for value in values if value is not None and value not in missing]
    return None


def spelt_away(target: FitColumn) -> set[str]:
    """Spellings that no cell has any more once they are replaced."""
    return {each for others in target.prepare.spellings.values() for each in others}


def _check_names(programs: Sequence[Program], names: Sequence[str]) -> None:
    """Refuse two cells of one name, such as a category's and a column's."""
    fitted = {program.column for program in programs}
    made = {name: name for name in names if name not in fitted}
    for program in programs:
        for name in outputs(program):
            if name in made:
                raise SchemaError(
                    f"Two cells would be called {name!r}",
                    got=f"of column {made[name]!r} and of column {program.column!r}",
                    expected="each name once",
                    todo="rename a column, or declare encode: ordinal",
                )
            made[name] = program.column
    if not made:
        raise SchemaError(
            "The transform would give no cell",
            got=f"column {programs[0].column!r}, whose only category is dropped",
            todo="declare drop: none, or drop: if_binary",
        )


def _fill(target: FitColumn) -> Any:
    """The declared fill, in the form of the column's dtype."""
    program, value = target.program, target.prepare.fill_value
    if program.kind == "text":
        return fill_of(program.column, plain_value(value), pl.String())
    fill = fill_of(program.column, value, read_dtype(program.dtype, program.column))
    # A double does not hold each whole number.
    return int(value) if program.kind == "integer" and fill.is_integer() else fill


def _check_range(name: str, learned: Learned, output: str) -> None:
    """Refuse to fit where the table's own extremes would not survive the scaling."""
    scaling = () if learned.affine is None else (learned.affine,)
    extremes = np.array(learned.extremes)
    with np.errstate(over="ignore"):
        out = run(extremes, scaling)  # the extremes have their power already
        out = out.astype(output)
    for value, result in zip(learned.extremes, out, strict=True):
        if np.isinf(result):
            raise DataError(
                f"Column {name!r} overflows {output} once it is scaled",
                got=repr(value),
                todo="declare outliers: clip or missing, another scale, or output: float64",
            )


def _notes(name: str, learned: Learned) -> list[Finding]:
    if learned.degenerate is None:
        return []
    constant = learned.degenerate == "constant"
    return [
        Finding(
            code="scale.constant" if constant else "scale.degenerate",
            severity="warning",
            column=name,
            message="the column has one value; it is scaled by 1"
            if constant
            else "the declared spread is zero; the range is used in its place",
            remedy="see whether the column carries information"
            if constant
            else "declare scale: minmax or zscore if that is what you want",
            evidence={"fallback": learned.degenerate},
        )
    ]


#: The most categories of one column: more are no categories but names.
MOST = 10_000

#: What scikit-learn calls the cell of all rare categories.
INFREQUENT = "infrequent_sklearn"


class Categories(NamedTuple):
    """What a column holds once filled, in order; `own` makes a category of what is missing."""

    counts: dict[Scalar, int]
    missing: int
    own: bool


def categories_of(
    name: str,
    prepare: Prepare,
    counts: Mapping[Any, int],
    missing: int,
    fill: Any,
    declared: Sequence[Any] | None,
) -> Categories:
    """The categories of a column, of `counts` and what is filled: declared, or held, sorted."""
    held = dict(counts)
    if fill is not None:
        held[fill] = held.get(fill, 0) + missing
        missing = 0
    if declared is not None:
        odd = [value for value in held if value not in declared and held[value]]
        if odd and prepare.unknown == "error":
            raise DataError(
                f"Column {name!r} holds values that are none of its declared categories",
                got=", ".join(map(repr, sorted(odd)[:5])),
                expected=", ".join(map(repr, declared[:10])),
                todo="mend them, add them to isin, or declare unknown: zeros or infrequent",
            )
    known = sorted(value for value in held if held[value]) if declared is None else declared
    if len(known) > MOST:
        raise DataError(
            f"Column {name!r} has too many categories to encode",
            got=f"{len(known):,}",
            expected=f"at most {MOST:,}",
            todo="declare min_frequency or max_categories, or role: id if they are names",
        )
    if not known and not missing:
        raise DataError(
            f"Column {name!r} has no value to fit on: every cell is missing",
            todo="drop the column from the schema, or declare isin with its categories",
        )
    own = bool(missing) and not prepare.indicator
    return Categories({value: held.get(value, 0) for value in known}, missing, own)


def learn_encoding(
    name: str, prepare: Prepare, found: Categories, rows: int
) -> tuple[Encode, OneHot | None]:
    """The ops that encode a column."""
    hot = prepare.encode == "one_hot"
    values: list[Scalar | None] = list(found.counts)
    counts = list(found.counts.values())
    if hot and found.own:  # for scikit-learn too, missing is a category among them, the last one
        values.append(None)
        counts.append(found.missing)
    rare = _rare(prepare, counts, rows)
    frequent = [value for at, value in enumerate(values) if at not in rare]
    code: dict[Scalar | None, int] = {value: at for at, value in enumerate(frequent)}
    names = [str(value) for value in frequent]
    infrequent = -1
    if rare:
        infrequent = len(frequent)
        names.append(INFREQUENT)
        code |= dict.fromkeys((values[at] for at in sorted(rare)), infrequent)
    if not hot and found.own:
        code[None] = len(names)
    dropped = hot and (
        prepare.drop == "first" or (prepare.drop == "if_binary" and len(names) == 2)  # noqa: PLR2004
    )
    if dropped:
        names = names[1:]
        code = {value: at - 1 for value, at in code.items()}
        infrequent = max(infrequent - 1, -1)
    if hot and not names and prepare.unknown == "error":
        raise DataError(
            f"Column {name!r} has one category, which is dropped: nothing tells what is unknown",
            got=", ".join(map(briefly, values)),
            expected="two categories at least",
            todo="declare drop: none, drop: if_binary, or unknown: zeros",
        )
    unknown = {"error": None, "zeros": -1, "infrequent": infrequent}[prepare.unknown]
    missing = code.pop(None, unknown)
    if found.missing and not found.own:
        missing = -1
    encode = Encode(tuple(code), tuple(code.values()), unknown, missing)  # type: ignore[arg-type]
    return encode, OneHot(tuple(f"{name}_{each}" for each in names)) if hot else None


def _rare(prepare: Prepare, counts: Sequence[int], rows: int) -> set[int]:
    """The places of the categories that are put together, as scikit-learn picks them."""
    least = prepare.min_frequency
    bound = 0.0 if least is None else least * rows if isinstance(least, float) else least
    rare = {at for at, count in enumerate(counts) if count < bound}
    most = prepare.max_categories
    if most is not None and len(counts) - len(rare) + 1 > most:
        # The cell of the rare ones counts even where there are none; of equals the first is rarer.
        order = sorted(range(len(counts)), key=lambda at: counts[at])
        rare |= set(order[: len(order) - (most - 1)])
    return rare
