"""The way back in SQL: a table of predictions, its columns in their own units again."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from datacheck.export.sql.other import case, literal
from datacheck.ops import Affine, Power, first
from datacheck.transform.inverse import categories_by_code

if TYPE_CHECKING:
    from datacheck.export.sql.dialect import Dialect
    from datacheck.ops import Program


def brought_back(program: Program, dialect: Dialect) -> str:
    """The expression of one column: ``y * scale + center``, and the inverse of its power.

    An ordinal code is its category, and null where it is none.
    """
    y = f"CAST(t.{dialect.name_of(program.column)} AS {dialect.double})"
    named = categories_by_code(program)
    if named:
        cells = [(code, literal(value, program, dialect)) for code, value in named.items()]
        return case([(f"{y} = {dialect.double_of(float(at))}", cell) for at, cell in cells], "NULL")
    affine, power = first(program.ops, Affine), first(program.ops, Power)
    if affine is not None:
        y = f"{y} * {dialect.double_of(affine.scale)} + {dialect.double_of(affine.center)}"
        y = f"({y})" if power is not None else y
    return y if power is None else _unpowered(power.function, y, dialect)


def _unpowered(function: str, y: str, dialect: Dialect) -> str:
    if function == "sqrt":
        return f"{y} * {y}"
    if function == "log1p":
        return _expm1(y, dialect)
    zero = dialect.double_of(0.0)
    return (
        f"CASE WHEN {y} < {zero} THEN -({_expm1(f'(-{y})', dialect)}) ELSE {_expm1(y, dialect)} END"
    )


#: Beyond these, an exponential is 0 to a double that has 1 taken away, or infinite.
_LOW, _HIGH = -745.0, math.log(1.7976931348623157e308)


def _expm1(y: str, dialect: Dialect) -> str:
    """``exp(y) - 1``; near zero ``(u - 1) * y / ln(u)`` with ``u = exp(y)``, which is Kahan's.

    Databases that raise where others give 0 or infinity are not asked for those. NaN, which some
    have for the largest number, goes first.
    """
    nan = "" if dialect.nan is None else f" WHEN {dialect.test(dialect.nan, y)} THEN {y}"
    one, low, high = (dialect.double_of(value) for value in (1.0, _LOW, _HIGH))
    u = f"EXP({y})"
    near = f"{y} > -{one} AND {y} < {one}"
    return (
        f"CASE{nan} WHEN {near} AND EXP(CASE WHEN {near} THEN {y} END) = {one} THEN {y}"
        f" WHEN {near} THEN ({u} - {one}) * ({y} / LN({u}))"
        f" WHEN {y} < {low} THEN -{one}"
        f" WHEN {y} > {high} THEN {dialect.double_of(math.inf)} ELSE {u} - {one} END"
    )
