"""The ops: the whole vocabulary of a fitted transform, as frozen data.

A column's program is a short list of these. `fit` resolves every special case into plain numbers,
so each runtime (polars, one-row Python, ONNX, JavaScript, SQL, scikit-learn, Spark) is a short
interpreter of the same few steps.

How a runtime reads a program
-----------------------------
A numeric program holds one double or *missing*. Null and NaN enter as missing. The ops run in
order, each on what the one before left:

``Replace``  first in a text's program: one spelling becomes another.
``Missing``  a value equal to one of `values` becomes missing; an infinite one is refused
             (``refuse``), becomes missing (``missing``) or stays (``keep``). A cell that is
             missing still at the end is refused where `unfilled` says so.
``Clip``     a value under `lower` becomes `below`, one over `upper` becomes `above`;
             None there means missing. Missing stays missing.
``Indicator``  adds a cell after the column's: 1 where the value is missing here, else 0.
``Fill``     missing becomes `value`.
``KnnFill``  missing becomes the mean of the nearest donors' values, in the donors' space: it
             stands after `Affine` where donors are scaled, before it where they are raw.
``Power``    ``log1p``, ``sqrt`` or ``signed_log1p``; what it cannot take is refused.
``Affine``   ``(x - center) * inverse_scale``: two roundings, no division, never fused.
``Encode``   a category becomes its code, a number from here on; what is none, and missing, become
             the code that the op says, or are refused.
``OneHot``   a code becomes the cells of `names`: 1 at its place, 0 at the others.
``Cast``     first in a program: text or a boolean is read as a double, exactly or refused.
             last in a program: the dtype that leaves; to float32 the double is rounded once.

A numeric program whose result is infinite, after the cast, is refused: the row is an error, never
a value. A program of another kind never computes: it holds `Replace`, `Missing`, `Indicator`,
`Fill`, and, where its column is encoded, `Encode`, `OneHot` and `Cast`. So a program gives one cell
or several: `outputs` names them, and they stand where the column stood.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import NamedTuple, TypeVar

    _Kind = TypeVar("_Kind", bound="Op")
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
            made.__doc__ = space.get("__doc__")  # `python -OO` has none
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


class Replace(NamedTuple):
    """A text equal to ``old[i]`` becomes ``new[i]``."""

    old: tuple[str, ...]
    new: tuple[str, ...]


class Indicator(NamedTuple):
    """A second cell, called `name`: 1 where the value is missing at this place, else 0."""

    name: str


class Power(NamedTuple):
    """``log1p`` takes what is above -1, ``sqrt`` what is not negative, ``signed_log1p`` anything.

    ``signed_log1p`` is ``log1p(|x|)`` with the sign of x.
    """

    function: str


class Encode(NamedTuple):
    """A value equal to ``categories[i]`` becomes ``codes[i]``.

    `unknown` is the code of any other value, `missing` that of a missing one; None refuses the
    row. -1 is the code of no category.
    """

    categories: tuple[Scalar, ...]
    codes: tuple[int, ...]
    unknown: int | None
    missing: int | None


class OneHot(NamedTuple):
    """Code i becomes 1 in the cell ``names[i]`` and 0 in the others; -1 is 0 in all."""

    names: tuple[str, ...]


class Affine(NamedTuple):
    """``(x - center) * inverse_scale``; `scale` is what `inverse` multiplies by."""

    center: float
    inverse_scale: float
    scale: float


#: Changes no number: in the place of one that a column does not have.
UNSCALED = Affine(0.0, 1.0, 1.0)


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


Op = Replace | Missing | Clip | Indicator | Fill | KnnFill | Power | Affine | Encode | OneHot | Cast

#: By the name that an artefact uses.
OPS: dict[str, type[Op]] = {
    "missing": Missing,
    "clip": Clip,
    "fill": Fill,
    "knn_fill": KnnFill,
    "affine": Affine,
    "cast": Cast,
    "replace": Replace,
    "indicator": Indicator,
    "power": Power,
    "encode": Encode,
    "one_hot": OneHot,
}
NAMES = {op: name for name, op in OPS.items()}

#: What may leave a numeric program, the default first.
OUTPUTS = ("float64", "float32")


def first(ops: Iterable[Op], kind: type[_Kind]) -> _Kind | None:
    """The first op of a kind, or None."""
    for op in ops:  # asked for each column and row of a wide table: a generator takes twice as long
        if isinstance(op, kind):
            return op
    return None


def knn_fills(programs: Iterable[Program]) -> dict[str, KnnFill]:
    """The columns that are filled from neighbours, each with the op that does it."""
    found = ((program.column, first(program.ops, KnnFill)) for program in programs)
    return {column: op for column, op in found if op is not None}


def leaves_float32(program: Program) -> bool:
    """Whether a program's numbers leave as float32."""
    return program.ops[-1:] == (Cast("float32"),)


def numeral_of(program: Program) -> Numeral | None:
    """How the text of a column spells numbers; None where it is as programs do."""
    cast = first(program.ops[:1], Cast)
    return None if cast is None else cast.number


def missing_op(program: Program) -> Missing:
    """What means missing in a column: nothing but null and NaN where no op says more."""
    return first(program.ops, Missing) or Missing()


def numbers_of(missing: Missing) -> list[float]:
    """The doubles among the values that mean missing, each once; a text is compared as text."""
    found = dict.fromkeys(value for value in missing.values if not isinstance(value, str))
    # A whole number that is no double exactly is met by no cell, for cells are doubles.
    return [float(value) for value in found if float(value) == value]


def spellings_of(program: Program) -> dict[str, str]:
    """What the other spellings of a column's categories are replaced by."""
    replace = first(program.ops, Replace)
    return {} if replace is None else dict(zip(replace.old, replace.new, strict=True))


def words_of(missing: Missing) -> list[str]:
    """The texts among the values that mean missing."""
    return [value for value in missing.values if isinstance(value, str)]


class Program(NamedTuple):
    """One column's fitted preparation.

    `kind` is what the column holds: ``number``, ``text``, ``boolean``, ``date``, ``datetime``,
    ``duration``, ``time`` or ``integer`` (a whole number that is not computed with); only a
    ``number`` runs numeric ops. `dtype` is polars' name of the type that was fitted. `role` is
    what the column is to a model: a ``target`` is never an input and may be absent. A column that
    is not `required` may be absent too, and is missing then.
    """

    column: str
    kind: str
    dtype: str
    ops: tuple[Op, ...]
    role: str = "feature"
    required: bool = True


#: What a program leaves beside its encodings that a model can take.
NUMERIC = ("number", "integer")


def outputs(program: Program) -> tuple[str, ...]:
    """The names of a program's cells, in their order."""
    hot, indicator = first(program.ops, OneHot), first(program.ops, Indicator)
    names = (program.column,) if hot is None else hot.names
    return names if indicator is None else (*names, indicator.name)


def origins(programs: Iterable[Program]) -> dict[str, str]:
    """By the name of a cell that is made of a category's, the column that holds the category."""
    hot = [(each.column, first(each.ops, OneHot)) for each in programs]
    return {name: column for column, op in hot if op is not None for name in op.names}


def numeric_outputs(program: Program) -> tuple[str, ...]:
    """Those of its cells that are numbers."""
    if program.kind in NUMERIC or first(program.ops, Encode) is not None:
        return outputs(program)
    indicator = first(program.ops, Indicator)
    return () if indicator is None else (indicator.name,)


def of_features(programs: Iterable[Program]) -> list[Program]:
    """The programs that give cells that a model takes."""
    return [each for each in programs if each.role == "feature" and numeric_outputs(each)]


def features_of(programs: Iterable[Program]) -> tuple[str, ...]:
    """The cells that a model takes, in their order: the numbers of the features' programs."""
    return tuple(name for each in of_features(programs) for name in numeric_outputs(each))


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


#: Texts are categories where they are at most so many, and repeat so often on average; more are no
#: categories but names.
CATEGORIES, REPEATED = 256, 2


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
