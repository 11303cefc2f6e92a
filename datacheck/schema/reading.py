"""Cells read as the dtype that is declared for them, and the cells that can't be.

A cell is read only if nothing is lost: what can't be is told with its row and text, never turned
into null in silence. Text is read by the numeral grammar that the one-row path uses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from datacheck.columns import cast_or_null, col, is_text
from datacheck.limits import EXACT_INTEGERS
from datacheck.numerals import PLAIN_IN_POLARS, factor_by, parsed_by, plain_by
from datacheck.ops import Numeral
from datacheck.schema.declare import Column, Prepare
from datacheck.schema.normal import missing_of
from datacheck.schema.trying import one_row

#: Before the name of a column of text: the column of the numbers that it spells; and those that say
#: which cells cannot be read, or not without loss.
NUMBER, UNREAD, LOSSY = "\0number ", "\0unread ", "\0lossy "

#: Of a reading that loses nothing, or reads everything.
_NEVER = pl.lit(value=False)
_WHOLE = r"^[+-]?[0-9]+$"
_SPACE = " \t\n\r\x0b\x0c"
#: The words that are read as booleans, in letters of any case.
TRUTHS = ("true", "false")

_DAY, _CLOCK = "%Y-%m-%d", ("%H:%M:%S%.f", "%H:%M")
#: What JSON and databases write behind a date that they hold as a moment.
_MIDNIGHT = r"[T ]00:00(:00(\.0+)?)?$"
_FORMS: dict[Any, tuple[str, ...]] = {
    pl.Date: (_DAY,),
    pl.Time: _CLOCK,
    pl.Datetime: (*(f"{_DAY}{gap}{clock}" for gap in "T " for clock in _CLOCK), _DAY),
}


@dataclass(frozen=True)
class Reading:
    """How one column becomes what is declared."""

    #: The cell as declared, or as near as it comes; null where it can't be read.
    nearest: pl.Expr
    #: Whether a cell holds something that can't be read as the dtype at all.
    unread: pl.Expr
    #: Whether a cell can be read, but would be changed by it.
    lossy: pl.Expr
    found: pl.DataType
    declared: pl.DataType
    #: The number that a text spells, which the others ask for several times; None of other columns.
    number: pl.Expr | None = None

    @property
    def value(self) -> pl.Expr:
        """The cell as declared; null where it can't be read, or would be changed by it."""
        return self.unless(self.lossy)

    @property
    def flags(self) -> dict[str, pl.Expr]:
        """What may be said against a cell, by what the name of its column begins with."""
        flags = {UNREAD: self.unread, LOSSY: self.lossy}
        return {flag: test for flag, test in flags.items() if test is not _NEVER}

    def unless(self, lossy: pl.Expr) -> pl.Expr:
        """`value`, where `lossy` is a column."""
        return self.nearest if self.lossy is _NEVER else pl.when(~lossy).then(self.nearest)


#: What polars casts from nothing but null: Python's objects, and types that others have defined.
_OPAQUE = (pl.Object, getattr(pl, "BaseExtension", pl.Object))


def readings(
    found: Mapping[str, pl.DataType], columns: Mapping[str, Column], *, text: bool
) -> dict[str, Reading]:
    """The columns to be read as another dtype, and how; spelt numbers are named by `NUMBER`."""
    made = {}
    for name, column in columns.items():
        dtype = found[name]
        if _has_spellings(dtype, column):
            made[name] = _one_spelling(name, dtype, column)
            continue
        spelt = column.prepare is not None and column.prepare.number is not None
        if column.dtype is None or column.dtype == dtype or not (text or column.coerce or spelt):
            continue
        reading = read_column(name, dtype, column, pl.col(NUMBER + name))
        if reading is not None:
            made[name] = reading
    return made


def _has_spellings(found: pl.DataType, column: Column) -> bool:
    """Whether a column is text whose categories have several spellings."""
    declared = found if column.dtype is None else column.dtype
    text = is_text(found) and (declared == found or (column.coerce and is_text(declared)))
    return text and column.prepare is not None and bool(column.prepare.spellings)


def _one_spelling(name: str, found: pl.DataType, column: Column) -> Reading:
    """Each category as it is declared, whichever way it is spelled."""
    spellings = {} if column.prepare is None else column.prepare.spellings
    meant = {each: category for category, others in spellings.items() for each in others}
    declared = column.dtype or found
    value = _text(name).replace(meant)
    if declared == pl.String:
        return Reading(value, _NEVER, _NEVER, found, declared)
    value = value.cast(declared, strict=False)
    return Reading(value, col(name).is_not_null() & value.is_null(), _NEVER, found, declared)


def read_column(
    name: str, found: pl.DataType, column: Column, number: pl.Expr | None = None
) -> Reading | None:
    """How a column is read as declared, a spelt number where it stands; None where it is not."""
    declared = column.dtype
    if declared is None:
        return None
    if is_text(found) and declared.is_numeric():
        return _numeral(name, found, declared, column, number)
    if is_text(found) and declared == pl.Boolean:
        return _truth(name, found, column)
    if is_text(found) and declared.is_temporal():
        return _moment(name, found, declared, column)
    if found == pl.Time and declared == pl.String:  # polars casts no text back to a time
        return Reading(_text(name), _NEVER, _NEVER, found, declared)
    return _cast(name, found, declared)


def _text(name: str) -> pl.Expr:
    """The cells of a column of text or of categories, as text."""
    return col(name).cast(pl.String)


def trimmed(cell: pl.Expr) -> pl.Expr:
    """Text without the white space around it."""
    return cell.str.strip_chars(_SPACE)


def parsed(text: pl.Expr, numeral: Numeral | None = None) -> pl.Expr:
    """The double that a trimmed text spells; null where it is not a numeral."""
    if numeral is not None:
        return parsed_by(text, numeral)
    return pl.when(text.str.contains(PLAIN_IN_POLARS)).then(text.cast(pl.Float64, strict=False))


def _numeral(
    name: str,
    found: pl.DataType,
    declared: pl.DataType,
    column: Column,
    there: pl.Expr | None,
) -> Reading:
    cell = _text(name)
    text = trimmed(cell)
    declared_missing = _missing_text(name, declared, column)
    numeral = None if column.prepare is None else column.prepare.numeral
    made = pl.when(~declared_missing).then(parsed(text, numeral))
    number = made if there is None else there
    given = ~declared_missing & (cell.str.strip_chars() != "")
    if numeral is not None:
        # A unit's factor is for doubles alone: digits before one are no integer by themselves.
        bare = factor_by(text, numeral) == 1.0
        text = pl.when(bare).then(plain_by(text, numeral)).otherwise(pl.lit(""))
    value, lossy = cast_or_null(number, pl.Float64(), declared), _NEVER
    if declared.is_integer():
        whole = pl.when(text.str.contains(_WHOLE)).then(
            text.str.strip_prefix("+").cast(declared, strict=False)
        )
        small = pl.when(number.abs() <= EXACT_INTEGERS).then(value)
        value = pl.when(~declared_missing).then(pl.coalesce(whole, small))
        lossy = number.is_not_nan() & ((number != value.cast(pl.Float64)) | value.is_null())
    elif declared.is_float():
        exact = text.str.strip_prefix("+").cast(pl.Int128, strict=False)
        big = text.str.contains(_WHOLE) & (number.abs() >= EXACT_INTEGERS)
        lossy = big & (number.cast(pl.Int128, strict=False) != exact).fill_null(value=True)
        if declared != pl.Float64:
            lossy |= number.is_finite() & value.is_infinite()
    elif isinstance(declared, pl.Decimal) and numeral is None:
        wide = pl.Decimal(38, min(declared.scale + 6, 38))
        value = pl.when(number.is_finite()).then(text.cast(declared, strict=False))
        lossy = (value.is_null() & number.is_finite()) | (
            text.cast(wide, strict=False) != value.cast(wide)
        )
    unread = (given & number.is_null()).fill_null(value=False)
    return Reading(value, unread, lossy.fill_null(value=False), found, declared, made)


def missing_words(name: str, dtype: pl.DataType, prepare: Prepare | None) -> list[str]:
    """Texts declared missing in a column that is read as `dtype`, which they do not spell."""
    return [] if prepare is None else [*missing_of(name, prepare.missing_values, dtype).words]


def _missing_text(name: str, declared: pl.DataType, column: Column) -> pl.Expr:
    """Whether a cell is a text declared missing; values are compared once they are read."""
    texts = missing_words(name, declared, column.prepare)
    return _text(name).is_in(texts).fill_null(value=False) if texts else _NEVER


def _truth(name: str, found: pl.DataType, column: Column) -> Reading:
    word = trimmed(_text(name)).str.to_lowercase()
    declared_missing = _missing_text(name, pl.Boolean(), column)
    value = pl.when(word.is_in(TRUTHS) & ~declared_missing).then(word == "true")
    unread = (value.is_null() & (word != "") & ~declared_missing).fill_null(value=False)
    return Reading(value, unread, _NEVER, found, pl.Boolean())


def strptime(text: pl.Expr, kind: Any, form: str) -> pl.Expr:
    """The days, moments or times that texts write; of a month alone its first day."""
    if kind == pl.Date and "%d" not in form:
        text, form = "01 " + text, f"%d {form}"
    if "%B" in form:  # alone, polars 1.36 panics over a month of another length than the first
        form += "%t"
    return text.str.strptime(kind, form, strict=False)


def _moment(name: str, found: pl.DataType, declared: pl.DataType, column: Column) -> Reading | None:
    """A date, time or moment in ISO 8601: formats are not guessed, as batches would differ."""
    forms = _FORMS.get(declared.base_type())
    if forms is None:
        return None
    text = trimmed(_text(name))
    if declared == pl.Date:
        text = text.str.replace(_MIDNIGHT, "")
    zone = getattr(declared, "time_zone", None)
    kind: Any = declared
    if zone is not None:
        kind = pl.Datetime(getattr(declared, "time_unit", "us"), "UTC")
        forms = tuple(form + "%#z" for form in forms[:-1])
    value = pl.coalesce(text.str.strptime(kind, form, strict=False) for form in forms)
    value = value if zone is None else value.dt.convert_time_zone(zone)
    declared_missing = _missing_text(name, declared, column)
    value = pl.when(~declared_missing).then(value)
    unread = (value.is_null() & (text != "") & ~declared_missing).fill_null(value=False)
    return Reading(value, unread, _NEVER, found, declared)


def _cast(name: str, found: pl.DataType, declared: pl.DataType) -> Reading | None:
    """A cast that must come back to the same value when it is undone.

    A number is no moment: it says neither its unit nor since when it counts, and 20240131 is a day.
    """
    if found.is_numeric() and declared.is_temporal():
        return None
    if found.is_nested() != declared.is_nested() or not _castable(found, declared):
        return None
    cell = col(name)
    value = cast_or_null(cell, found, declared)
    held = cell.is_not_null() & cell.is_not_nan() if found.is_float() else cell.is_not_null()
    if isinstance(found, pl.String):
        unread, lossy = held & value.is_null(), _NEVER
    elif found.is_float() and declared.is_float():
        # Rounding to float32 is what was asked for; a finite value that becomes infinite is not.
        unread, lossy = _NEVER, cell.is_finite() & value.is_infinite()
    else:
        changed = cast_or_null(value, declared, found).ne_missing(cell) | _zone_lost(
            found, declared
        )
        unread, lossy = _NEVER, held & changed
    lossy = lossy.fill_null(value=False)
    return Reading(value, unread, lossy, found, declared)


def _castable(found: pl.DataType, declared: pl.DataType) -> bool:
    """Whether polars casts there and back: some casts fail only where there is a value."""
    if isinstance(found, _OPAQUE):
        return False
    sample = one_row({"cell": found})
    cell = pl.col("cell")
    try:
        sample.select(cell.cast(declared, strict=False).cast(found, strict=False)).collect()
    except pl.exceptions.PolarsError:
        return False
    return True


def _zone_lost(found: pl.DataType, declared: pl.DataType) -> bool:
    zone = getattr(found, "time_zone", None)
    return zone is not None and getattr(declared, "time_zone", None) is None
