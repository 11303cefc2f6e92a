"""The dialects as data: how each engine quotes, reads a double exactly, and tests one.

A bare decimal is DECIMAL in DuckDB, SQLite reads some decimals one unit off, PostgreSQL raises
where others give zero or infinity, and a backslash is an escape in some engines' names and strings.
Each entry was measured by the tests or, for Snowflake and BigQuery, stands in their manuals.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from datacheck.errors import ArtefactError, must_be_known

#: Longest numeral that PostgreSQL is asked to read: its `numeric` holds it whatever the digits.
LONGEST = 10_000

#: A number as `transform/cell.py` reads it, as a regular expression that RE2, Java and PostgreSQL
#: read alike: no class whose meaning depends on a locale, and the numeral as the one group.
_SPACE = "[ \\t\\n\\r\\f\\x0B]*"
_DIGITS = "[+-]?(?:[0-9]+[.]?[0-9]*|[.][0-9]+)(?:[eE][+-]?[0-9]+)?"
_WORDS = "[+-]?[iI][nN][fF](?:[iI][nN][iI][tT][yY])?|[nN][aA][nN]"
NUMERAL = f"^{_SPACE}({_DIGITS}|{_WORDS}){_SPACE}$"
BLANK = f"^{_SPACE}$"

#: The text of a temporal literal's type, by the kind of the column.
_TYPES = {"date": "DATE", "datetime": "TIMESTAMP", "time": "TIME", "integer": "BIGINT"}


#: log1p by way of a logarithm, exact where 1 + x rounds to 1: Kahan's, within two units in the
#: last place wherever LN is within one.
_LOG1P = (
    "CASE WHEN {one} + {x} = {one} THEN {x}"
    " ELSE LN({one} + {x}) * ({x} / (({one} + {x}) - {one})) END"
)


class Dialect(NamedTuple):
    """One engine's ways. Templates take `{x}`, an expression, or `{v}`, a quoted text.

    `escapes` are the engine's replacements inside quoted text, `name_escapes` inside names;
    `unnamed` is what no name can hold.
    `finite`, `infinite` and `nan` test a double; a `nan` of None says that the engine has no NaN.
    `star` is how the table's other columns pass through: ``replace``, ``except``, or None where
    they must be listed. `case` says whose case names are told apart by: that of ``every``
    letter, of those ``beyond ascii``, or of ``none``. `widest` is how many columns a SELECT has.
    `number`, `numeral`, `matches` read text: see `column.py`; None where the engine cannot.
    `extract` gives the one group of a pattern, `kind` the name of a cell's type: see `spelled.py`.
    `excluding` leaves columns out of a star. `tiny` says that the engine raises where a product
    rounds to zero, `loose` that a column holds values of any type. `groups` opens a group that
    is not numbered, `searches` is how donors are ranked: by a ``subquery``, by functions of
    ``arrays``, or not. With `sets`, many values are compared as one set; `barrier` ends an inner
    query whose expressions the engine would write again wherever their names stand, `contains`
    seeks a double in a list that is one text. `casts` says that a comparison can be cast to a
    number, and that the engine plans thousands of these far sooner than as many CASEs. `strict`
    says that a column of another type than was fitted is refused: `counted` is what the engine has
    for numbers alone, `letters` for text alone, compared letter by letter whatever the collation,
    `named` the names of the types of other kinds, as `kind` has them; `whole` rounds a number.
    """

    name: str
    quote: str = '"'
    name_escapes: tuple[tuple[str, str], ...] = (('"', '""'),)
    text_prefix: str = ""
    escapes: tuple[tuple[str, str], ...] = (("'", "''"),)
    double: str = "DOUBLE"
    single: str | None = "REAL"
    text: str = "VARCHAR"
    types: dict[str, str] = _TYPES
    finite: str = "ABS({x}) < {inf}"
    infinite: str = "ABS({x}) = {inf}"
    nan: str | None = "{x} = CAST('NaN' AS {double})"
    flag: str = "CAST(CAST({x} AS INTEGER) AS {double})"
    decimal: str = "CAST({x} AS {double})"
    collate: str = ""
    star: str | None = "replace"
    excluding: str = "EXCLUDE"
    case: str = "every"
    name_bytes: int | None = None
    unnamed: tuple[str, ...] = ("\0",)
    widest: int | None = None
    matches: str | None = None
    number: str | None = None
    extract: str | None = None
    kind: str | None = None
    tiny: bool = False
    loose: bool = False
    groups: str = "(?:"
    searches: str | None = None
    log1p: str = _LOG1P
    sets: bool = False
    barrier: str = ""
    contains: str | None = None
    casts: bool = False
    strict: bool = False
    counted: str = "{x}"
    letters: str = "{x}"
    whole: str = "FLOOR({x})"
    named: dict[str, tuple[str, ...]] = {}  # noqa: RUF012 - no entry is ever changed

    def number_of(self, x: str) -> str:
        """A cell that is computed with."""
        return self.counted.format(x=x) if self.strict else x

    def letters_of(self, x: str) -> str:
        """Text that is compared."""
        return self.letters.format(x=x) if self.strict else x

    def name_of(self, name: str) -> str:
        """Quote one name, whatever it holds."""
        return self.quote + _replaced(name, self.name_escapes) + self.quote

    def key_of(self, name: str) -> str:
        """What two names have in common that are one to the engine."""
        if self.case == "beyond ascii":
            return "".join(each.lower() if each.isascii() else each for each in name)
        return name.casefold() if self.case == "none" else name

    def text_of(self, text: str) -> str:
        """Quote a text literal."""
        return f"{self.text_prefix}'{_replaced(text, self.escapes)}'"

    def double_of(self, value: float) -> str:
        """Write a double so that the engine reads the same 64 bits."""
        return cast_of(*self.literal_of(value))

    def literal_of(self, value: float) -> tuple[str, str]:
        """A double's text, and the type that it is cast to; none where it is one by itself."""
        if self.loose:
            return _exact(value), ""
        text = repr(value) if math.isfinite(value) else _SPECIAL[str(value)]
        return f"'{text}'", self.double

    def among(self, x: str, values: Sequence[str], collate: str = "") -> list[str]:
        """Conditions of which one holds where `x` is one of the values."""
        if self.sets and values:
            return [f"{x}{collate} IN ({', '.join(values)})"]
        return [f"{x} = {value}{collate}" for value in values]

    def among_doubles(self, x: str, values: Sequence[float]) -> list[str]:
        """The same of doubles."""
        if self.sets and values and self.contains is not None:
            return [self.contains.format(x=x, v=self.text_of(str([*values])))]
        return self.among(x, [self.double_of(value) for value in values])

    def power(self, function: str, x: str) -> str:
        """A power of a double that it takes; with a zero's sign."""
        if function == "sqrt":
            return f"SQRT({x})"
        if function == "log1p":
            return self.log1p.format(x=x, one=self.double_of(1.0))
        up, down = (self.power("log1p", each) for each in (x, f"(-{x})"))
        return f"CASE WHEN {x} < {self.double_of(0.0)} THEN -({down}) ELSE {up} END"

    def pattern(self, pattern: str) -> str:
        """A regular expression in the engine's own words."""
        return pattern.replace("(?:", self.groups)

    def test(self, template: str, x: str) -> str:
        """Fill one of the templates."""
        return template.format(x=x, double=self.double, inf=self.double_of(math.inf))


_SPECIAL = {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}


def cast_of(text: str, typed: str) -> str:
    """A literal as a value of a type; as it stands where none is named."""
    return f"CAST({text} AS {typed})" if typed else text


def _replaced(text: str, escapes: tuple[tuple[str, str], ...]) -> str:
    for old, new in escapes:
        text = text.replace(old, new)
    return text


def _exact(value: float) -> str:
    """A double for SQLite, whose decimal reader may be one unit off: integers and powers of two.

    An integer of up to 53 bits is cast exactly, and times or divided by a power of two exactly.
    """
    if math.isinf(value):
        return "9e999" if value > 0 else "(-9e999)"
    if value == 0.0:
        return "(-0.0)" if math.copysign(1.0, value) < 0 else "0.0"
    digits, _ = math.frexp(value)
    mantissa, power = int(digits * 2.0**53), math.frexp(value)[1] - 53
    while mantissa % 2 == 0:
        mantissa, power = mantissa // 2, power + 1
    if power >= 0 and value == int(value) and abs(value) < 2.0**63:
        return f"CAST({int(value)} AS REAL)"
    operator, left = ("/", -power) if power < 0 else ("*", power)
    text = f"CAST({mantissa} AS REAL)"
    while left:
        step = min(left, 62)
        text, left = f"{text} {operator} {2**step}", left - step
    return f"({text})"


_BACKSLASHES = (("\\", "\\\\"), ("'", "\\'"), ("\n", "\\n"), ("\r", "\\r"))
_BACKTICKS = (("`", "``"),)

#: PostgreSQL raises on a numeral beyond a double's range, so `numeric`, which holds it, is asked
#: first: from the midpoint beyond the largest double on it is infinite, under half the smallest
#: zero. An exponent of more than four digits is one or the other whatever the digits are.
_T = "substring({x} from {numeral})"
_PG_NUMBER = (
    "CASE WHEN length({x}) > " + str(LONGEST) + " THEN NULL"
    " WHEN {t} ~ '[nN]' THEN CAST({t} AS double precision)"
    " WHEN {t} !~ '^[^eE]*[1-9]' THEN CAST(regexp_replace({t}, '[eE].*', '') AS double precision)"
    " WHEN {t} ~ '[eE]-0*[1-9][0-9]{{4}}' OR ({t} !~ '[eE][+]?0*[1-9][0-9]{{4}}'"
    " AND ABS(CAST({t} AS numeric)) <= 2.470328229206232720e-324)"
    " THEN CASE WHEN {t} LIKE '-%' THEN CAST('-0' AS double precision)"
    " ELSE CAST('0' AS double precision) END"
    " WHEN {t} ~ '[eE][+]?0*[1-9][0-9]{{4}}' OR ABS(CAST({t} AS numeric)) >= "
    + str(2**1024 - 2**970)
    + " THEN CASE WHEN {t} LIKE '-%' THEN CAST('-Infinity' AS double precision)"
    " ELSE CAST('Infinity' AS double precision) END"
    " ELSE CAST({t} AS double precision) END"
).replace("{t}", _T)

DIALECTS: dict[str, Dialect] = {
    dialect.name: dialect
    for dialect in (
        Dialect(
            "duckdb",
            casts=True,
            finite="isfinite({x})",
            infinite="isinf({x})",
            nan="isnan({x})",
            # Through text: DuckDB divides a wide decimal by a power of ten, which rounds twice.
            decimal="CAST(CAST({x} AS VARCHAR) AS {double})",
            types=_TYPES | {"datetime_tz": "TIMESTAMPTZ", "duration": "INTERVAL"},
            case="beyond ascii",
            searches="subquery",
            matches="regexp_matches({x}, {v})",
            number="TRY_CAST(regexp_extract({x}, {numeral}, 1) AS DOUBLE)",
            extract="regexp_extract({x}, {v}, 1)",
            kind="typeof({x})",
            # It binds each value of a list that is written out by itself.
            contains="list_contains(CAST({v} AS DOUBLE[]), {x})",
            counted="+{x}",
            # Bytes are of text or an enumeration, and text that is made of them has no collation.
            letters="decode(encode({x}))",
            named={
                "boolean": ("BOOLEAN",),
                "date": ("DATE",),
                "datetime": ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"),
                "datetime_tz": ("TIMESTAMP WITH TIME ZONE",),
            },
        ),
        Dialect(
            "sqlite",
            double="REAL",
            single=None,
            text="TEXT",
            types={"date": "TEXT", "integer": "INTEGER"},
            nan=None,
            collate=" COLLATE BINARY",
            star=None,
            case="beyond ascii",
            loose=True,
            searches="subquery",
            barrier="\nLIMIT -1 OFFSET 0",
        ),
        Dialect(
            "postgresql",
            # With E, a backslash means the same whatever standard_conforming_strings says.
            text_prefix="E",
            escapes=(("\\", "\\\\"), ("'", "''")),
            double="double precision",
            single="real",
            text="text",
            types=_TYPES | {"datetime_tz": "timestamptz", "duration": "interval"},
            collate=' COLLATE "C"',
            star=None,
            name_bytes=63,
            widest=1664,
            matches="{x} ~ {v}",
            number=_PG_NUMBER,
            extract="substring({x} from {v})",
            kind="CAST(pg_typeof({x}) AS text)",
            counted="+{x}",
            named={
                "date": ("date",),
                "datetime": ("timestamp without time zone",),
                "datetime_tz": ("timestamp with time zone",),
            },
            tiny=True,
            searches="subquery",
        ),
        Dialect(
            "spark",
            quote="`",
            name_escapes=_BACKTICKS,
            # Spark puts variables into a statement before it reads it.
            escapes=(*_BACKSLASHES, ("${", "\\u0024{")),
            unnamed=("\0", "${"),
            single="FLOAT",
            text="STRING",
            types={
                "date": "DATE",
                "datetime": "TIMESTAMP_NTZ",
                "datetime_tz": "TIMESTAMP",
                "integer": "BIGINT",
            },
            nan="isnan({x})",
            whole="RINT({x})",  # its FLOOR raises beyond 64 bits
            star="except",
            excluding="EXCEPT",
            log1p="LOG1P({x})",
            searches="arrays",
            case="none",
            matches="{x} RLIKE {v}",
            number="TRY_CAST(NULLIF(regexp_extract({x}, {numeral}, 1), '') AS DOUBLE)",
            extract="regexp_extract({x}, {v}, 1)",
            kind="typeof({x})",
        ),
        Dialect(
            "snowflake",
            escapes=(("\\", "\\\\"), ("'", "''")),
            single=None,
            types=_TYPES | {"datetime": "TIMESTAMP_NTZ", "datetime_tz": "TIMESTAMP_TZ"},
            matches="REGEXP_LIKE({x}, {v})",
            groups="(",
            number="TRY_TO_DOUBLE(REGEXP_SUBSTR({x}, {numeral}, 1, 1, 'e', 1))",
        ),
        Dialect(
            "bigquery",
            quote="`",
            name_escapes=(("\\", "\\\\"), ("`", "\\`"), ("\n", "\\n"), ("\r", "\\r")),
            escapes=_BACKSLASHES,
            double="FLOAT64",
            single=None,
            text="STRING",
            types=_TYPES | {"datetime": "DATETIME", "datetime_tz": "TIMESTAMP", "integer": "INT64"},
            nan="IS_NAN({x})",
            flag="CAST(CAST({x} AS INT64) AS {double})",
            case="none",
            excluding="EXCEPT",
            matches="REGEXP_CONTAINS({x}, {v})",
            number="SAFE_CAST(REGEXP_EXTRACT({x}, {numeral}) AS FLOAT64)",
        ),
    )
}


def dialect_named(name: str) -> Dialect:
    """Look a dialect up; raises `ArtefactError` for a name that is not in `DIALECTS`."""
    must_be_known(name, DIALECTS, f"There is no SQL dialect {name!r}", ArtefactError)
    return DIALECTS[name]
