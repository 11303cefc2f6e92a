"""The ops: the whole vocabulary of a fitted transform, as frozen data.

A column's program is a short list of these. `fit` resolves every special case into plain numbers,
so each runtime (polars, one-row Python, ONNX, JavaScript, SQL, scikit-learn, Spark) is a short
interpreter of the same few steps.

How a runtime reads a program
-----------------------------
A numeric program holds one double or *missing*. Null and NaN enter as missing. The ops run in
order, each on what the one before left:

``Missing``  a value equal to one of `values` becomes missing; an infinite one is refused
             (``refuse``), becomes missing (``missing``) or stays (``keep``). A cell that is
             missing still at the end is refused where `unfilled` says so.
``Clip``     a value under `lower` becomes `below`, one over `upper` becomes `above`;
             None there means missing. Missing stays missing.
``Fill``     missing becomes `value`.
``KnnFill``  missing becomes the mean of the nearest donors' values, in the donors' space: it
             stands after `Affine` where donors are scaled, before it where they are raw.
``Affine``   ``(x - center) * inverse_scale``: two roundings, no division, never fused.
``Cast``     first in a program: text or a boolean is read as a double, exactly or refused.
             last in a program: the dtype that leaves; to float32 the double is rounded once.

A numeric program whose result is infinite, after the cast, is refused: the row is an error, never
a value. A program for a column that is not numeric holds `Missing` and `Fill` alone.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import NamedTuple, TypeVar

    _Kind = TypeVar("_Kind", "Missing", "Clip", "Fill", "KnnFill", "Affine", "Cast")
else:
    from collections import namedtuple

    class _Named(type):
        """Makes what `typing.NamedTuple` would, whose import would double a service's start-up."""

        def __new__(cls, name, bases, space):
            if not bases:
                return super().__new__(cls, name, bases, space)
            fields = space["__annotations__"]
            defaults = [space[field] for field in fields if field in space]
            made = namedtuple(  # noqa: PYI024 - see above
                name, fields, defaults=defaults, module=space["__module__"]
            )
            made.__doc__ = space["__doc__"]
            return made

    class NamedTuple(metaclass=_Named):
        """The base that names fields by annotation."""


Scalar = float | int | str | bool

#: The largest finite double: `Clip` beyond it touches infinities alone.
LARGEST = 1.7976931348623157e308


class Missing(NamedTuple):
    """Values that mean *missing*, and what becomes of ±inf: ``refuse``, ``missing`` or ``keep``.

    `unfilled` says what becomes of a cell that is missing still when the program has run: it
    leaves as missing (``keep``), or its row is refused (``refuse``).
    """

    values: tuple[Scalar, ...] = ()
    infinite: str = "refuse"
    unfilled: str = "keep"


class Clip(NamedTuple):
    """Under `lower` comes `below`, over `upper` comes `above`; None there means missing."""

    lower: float
    upper: float
    below: float | None
    above: float | None


class Fill(NamedTuple):
    """What a missing cell becomes."""

    value: Scalar


class KnnFill(NamedTuple):
    """Missing becomes the mean of this column over the nearest donors that have it.

    The donors themselves are the transform's (`Fitted.donors`), shared by its columns. `fallback`,
    in the donors' space, serves where no donor is in reach.

    For one row: each feature's value is what its own program's `Cast` (if first), `Missing` and
    `Clip` leave (never filled), brought to the donors' space. The squared distance to a donor is
    the sum of squared differences over the features that both have, in the order of the features,
    times (features / features both have): scikit-learn's nan-euclidean distance. A donor that
    shares no feature, whose distance overflows, or that lacks this column is out of reach. The
    `n_neighbors` nearest donors in reach are taken, ties by donor order, and their values summed
    from the nearest on. ``uniform`` divides the sum by their number; ``distance`` weighs by
    1/distance, and where some distances are zero averages those donors alone.
    """

    fallback: float


class Affine(NamedTuple):
    """``(x - center) * inverse_scale``; `scale` is what `inverse` multiplies by."""

    center: float
    inverse_scale: float
    scale: float


class Numeral(NamedTuple):
    """How text spells numbers; the defaults are how programs do. See `datacheck.numerals`.

    `thousands` and `prefix` are empty where there are none; `units` are suffixes, each with the
    factor that it multiplies by; with `parentheses`, ``(12)`` is -12.
    """

    decimal: str = "."
    thousands: str = ""
    prefix: str = ""
    units: tuple[tuple[str, float], ...] = ()
    parentheses: bool = False


class Cast(NamedTuple):
    """The dtype that a value is read as (first op) or leaves as (last op).

    `number` is how text spells the numbers, where it is not as programs do (first op alone).
    """

    dtype: str
    number: Numeral | None = None


Op = Missing | Clip | Fill | KnnFill | Affine | Cast

#: By the name that an artefact uses.
OPS: dict[str, type[Op]] = {
    "missing": Missing,
    "clip": Clip,
    "fill": Fill,
    "knn_fill": KnnFill,
    "affine": Affine,
    "cast": Cast,
}


def first(ops: Iterable[Op], kind: type[_Kind]) -> _Kind | None:
    """The first op of a kind, or None."""
    return next((op for op in ops if isinstance(op, kind)), None)


def numbers_of(missing: Missing) -> list[float]:
    """The doubles among the values that mean missing, each once; a text is compared as text."""
    found = dict.fromkeys(value for value in missing.values if not isinstance(value, str))
    # A whole number that is no double exactly is met by no cell, for cells are doubles.
    return [float(value) for value in found if float(value) == value]


def words_of(missing: Missing) -> list[str]:
    """The texts among the values that mean missing."""
    return [value for value in missing.values if isinstance(value, str)]


class Program(NamedTuple):
    """One column's fitted preparation.

    `kind` is what the column holds: ``number``, ``text``, ``boolean``, ``date``, ``datetime``,
    ``duration`` or ``time``; only a ``number`` runs numeric ops. `dtype` is polars' name of the
    type that was fitted.
    """

    column: str
    kind: str
    dtype: str
    ops: tuple[Op, ...]


def refuses_missing(program: Program) -> bool:
    """Whether a row is refused whose cell is missing still when the program has run."""
    missing = first(program.ops, Missing)
    return missing is not None and missing.unfilled == "refuse"


class Donors(NamedTuple):
    """What `KnnFill` looks in: the donor rows, with the numbers that bring a row to their space.

    `rows` is a float64 numpy array of shape (donors, features), NaN for a hole, in the donors'
    space already. Feature ``j`` of a new row is brought there by
    ``(x - center[j]) * inverse_scale[j]``; raw donors have center 0 and inverse scale 1.
    """

    features: tuple[str, ...]
    center: tuple[float, ...]
    inverse_scale: tuple[float, ...]
    n_neighbors: int
    weights: str
    rows: object


class Seen(NamedTuple):
    """What the table showed when it was fitted, which a later table is compared with.

    `missing` counts each column's missing cells, those that are declared missing among them;
    `categories` holds the cells of a text column with their counts, where they are few and repeat.
    """

    rows: int
    missing: dict[str, int]
    categories: dict[str, dict[str, int]]


class Fitted(NamedTuple):
    """A fitted preparation of a table: plain data, and all that a runtime or an exporter reads.

    `golden` holds the chosen rows with the cells that must come out of them; `findings` what was
    seen at fit, as plain dictionaries; `producer` names the version that fitted; `seen` is None
    where that was one that did not keep it.
    """

    programs: tuple[Program, ...]
    output: str
    donors: Donors | None
    golden: tuple[dict[str, object], ...]
    findings: tuple[dict[str, object], ...]
    producer: str
    seen: Seen | None = None
