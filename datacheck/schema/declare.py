"""What a schema declares, as frozen data: no pandera object is needed to read it.

pandera is the language that users write; these classes are what the rest of datacheck reads. They
compare by value, so a schema that was saved and loaded equals the one that was declared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, get_args

from datacheck.errors import SchemaError
from datacheck.ops import Numeral
from datacheck.schema.patterns import check_pattern, matches, matching
from datacheck.severity import Severity

if TYPE_CHECKING:
    import polars as pl


#: By outlier rule, how far from the middle a value may lie when the schema does not say.
THRESHOLDS = {"iqr": 1.5, "mad": 3.5, "zscore": 3.0}

Role = Literal["feature", "target", "id", "time", "group", "weight", "ignore"]

#: What a column can be to a model.
ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True, kw_only=True)
class Number:
    """How text spells the numbers of a column."""

    #: The decimal mark, and the mark between groups of three digits (none by default).
    decimal: str = "."
    thousands: str | None = None
    #: What may stand before the digits, such as a currency's sign.
    prefix: str | None = None
    #: What may stand behind them, with the factor that each multiplies by.
    units: dict[str, float] = field(default_factory=dict)
    #: Whether ``(12)`` is -12.
    parentheses: bool = False

    @property
    def numeral(self) -> Numeral:
        """The same for the runtimes."""
        units = tuple(self.units.items())
        prefix = (self.prefix or "").strip()
        return Numeral(self.decimal, self.thousands or "", prefix, units, self.parentheses)


@dataclass(frozen=True, kw_only=True)
class Prepare:
    """How one column is prepared. The defaults change nothing and refuse infinities.

    This class is the table of a column's options: YAML, `prepare(...)`, Python scripts and
    pandera's metadata read and write what stands here. `options.READERS` checks what is more than
    one word out of a few.
    """

    missing_values: tuple[Any, ...] = ()
    infinite: Literal["error", "missing", "clip"] = "error"
    outliers: Literal["keep", "clip", "missing"] = "keep"
    outlier_rule: Literal["iqr", "mad", "zscore"] = "iqr"
    outlier_threshold: float | None = None
    impute: Literal["none", "median", "mean", "most_frequent", "constant", "knn"] = "none"
    fill_value: Any = None
    scale: Literal["none", "robust", "zscore", "minmax"] = "none"
    feature_range: tuple[float, float] = (0.0, 1.0)
    clip: bool = False
    role: Role | None = None
    number: Number | None = None
    spellings: dict[str, tuple[str, ...]] = field(default_factory=dict)
    power: Literal["none", "log1p", "sqrt", "signed_log1p"] = "none"
    indicator: bool = False
    encode: Literal["none", "one_hot", "ordinal"] = "none"
    unknown: Literal["error", "zeros", "infrequent"] = "error"
    min_frequency: float | None = None
    max_categories: int | None = None
    drop: Literal["none", "first", "if_binary"] = "none"

    @property
    def numeral(self) -> Numeral | None:
        """How text spells the column's numbers, where that is declared."""
        return None if self.number is None else self.number.numeral

    @property
    def threshold(self) -> float:
        """The outlier threshold, or its rule's default."""
        given = self.outlier_threshold
        return THRESHOLDS[self.outlier_rule] if given is None else given

    @property
    def needs_numbers(self) -> bool:
        """Whether any step computes with the cells, so that only a numeric column will do."""
        return (
            self.infinite != "error"
            or self.outliers != "keep"
            or self.impute in ("median", "mean", "knn")
            or self.scale != "none"
            or self.power != "none"
        )

    @property
    def finds_the_middle(self) -> bool:
        """Whether all that computes is a median or a mean, which dates and durations have too."""
        return self.impute in ("median", "mean") and not replace(self, impute="none").needs_numbers


@dataclass(frozen=True, kw_only=True)
class Knn:
    """How a table's ``impute: knn`` columns look for their neighbours."""

    n_neighbors: int = 5
    weights: Literal["uniform", "distance"] = "uniform"
    features: tuple[str, ...] | None = None
    max_donors: int = 10_000
    seed: int = 0
    space: Literal["scaled", "raw"] = "scaled"


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check, by the name that pandera knows it under and its arguments."""

    #: Such as ``in_range``. For a check that is code, the name of its function.
    name: str
    #: By pandera's parameter names. Lists are tuples here.
    arguments: dict[str, Any] = field(default_factory=dict)
    #: Whether missing cells pass. True unless declared otherwise.
    ignore_na: bool = True
    #: Whether a violation is a warning, not an error.
    raise_warning: bool = False
    #: pandera's own options: kept, so that they survive being written. `label` is a name that
    #: the user gave.
    n_failure_cases: int | None = None
    error: str | None = None
    label: str | None = None
    #: How many rows may fail before the check decides a verdict: a count, or a share below 1.
    allow: float | int | None = None
    #: The pandera check itself where it is a function or an expression; None for a built-in.
    code: Any = None

    @property
    def severity(self) -> Literal["error", "warning"]:
        """How grave a violation is."""
        return "warning" if self.raise_warning else "error"

    @property
    def shown(self) -> str:
        """The check as a person would write it."""
        if self.error:
            return self.error
        inside = ", ".join(f"{key}={value!r}" for key, value in self.arguments.items())
        return f"{self.label or self.name}({inside})" if inside else self.label or self.name


@dataclass(frozen=True, kw_only=True)
class Column:
    """What is declared for one column, or for every column that a regex matches.

    `accept` says which findings are right so, by code, and why; `severity` how grave others are.
    """

    name: str
    dtype: pl.DataType | None = None
    nullable: bool = False
    unique: bool = False
    coerce: bool = False
    required: bool = True
    regex: bool = False
    default: Any = None
    checks: tuple[Check, ...] = ()
    prepare: Prepare | None = None
    accept: dict[str, str] = field(default_factory=dict)
    severity: dict[str, Severity] = field(default_factory=dict)
    title: str | None = None
    description: str | None = None
    report_duplicates: str = "all"
    drop_invalid_rows: bool = False
    metadata: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a broken pattern, wherever it was declared."""
        if self.regex:
            check_pattern(self.name)

    @property
    def numeric(self) -> bool:
        """Whether the declared dtype is a number's."""
        return self.dtype is not None and self.dtype.is_numeric()

    def matches(self, name: str) -> bool:
        """Whether the declaration covers a column called `name`."""
        if not self.regex:
            return name == self.name
        return matches(self.name, name)

    def covered(self, names: Mapping[str, Any]) -> list[str]:
        """Those of the names that the declaration covers, in their order."""
        if not self.regex:
            return [self.name] if self.name in names else []
        given = list(names)
        return [name for name, met in zip(given, matching(self.name, given), strict=True) if met]


@dataclass(frozen=True, kw_only=True)
class TableDeclaration:
    """What is declared for the table as a whole, in pandera's terms."""

    checks: tuple[Check, ...] = ()
    dtype: pl.DataType | None = None
    coerce: bool = False
    strict: bool | Literal["filter"] = False
    ordered: bool = False
    unique: tuple[tuple[str, ...], ...] = ()
    report_duplicates: str = "all"
    unique_column_names: bool = False
    add_missing_columns: bool = False
    drop_invalid_rows: bool = False
    title: str | None = None
    description: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """What a `Schema` holds, as data: see there for each part.

    What reads, writes or compiles a schema needs this alone; `Schema` adds what users call, and
    imports all that for it. As one class, each would import the other.
    """

    name: str
    columns: tuple[Column, ...]
    table: TableDeclaration = field(default_factory=TableDeclaration)
    knn: Knn = field(default_factory=Knn)
    output: Literal["float64", "float32"] = "float64"
    origin: Any = field(default=None, compare=False, repr=False)
    read: str | None = field(default=None, compare=False, repr=False)
    plans: dict[Any, Any] = field(default_factory=dict, init=False, compare=False, repr=False)

    @cached_property
    def named(self) -> dict[str, Column]:
        """The declarations by name, without those by regular expression."""
        return {column.name: column for column in self.columns if not column.regex}

    def columns_for(self, frame_schema: Mapping[str, Any]) -> dict[str, Column]:
        """Say which declaration, by name before regex, holds for each column of a real table."""
        named = self.named
        unnamed = {name: dtype for name, dtype in frame_schema.items() if name not in named}
        matched = _matches([column for column in self.columns if column.regex], unnamed)
        found = {}
        for name in frame_schema:
            column = named.get(name) or matched.get(name)
            if column is None and not self.columns and self.table.dtype is not None:
                column = Column(name=name, dtype=self.table.dtype, coerce=self.table.coerce)
            if column is not None:
                found[name] = replace(column, name=name, regex=False) if column.regex else column
        return found


def _matches(patterns: list[Column], names: Mapping[str, Any]) -> dict[str, Column]:
    """By name, the one declaration by regular expression that covers it."""
    found: dict[str, Column] = {}
    for column in patterns:
        for name in column.covered(names):
            if name in found:
                raise SchemaError(
                    f"Two declarations by regular expression cover the column {name!r}",
                    got=f"{found[name].name!r}, {column.name!r}",
                    expected="one",
                    todo=f"declare {name!r} by its own name, or narrow the expressions",
                )
            found[name] = column
    return found
