"""Learning an encoding: which categories there are, and which code or cell each gets.

`min_frequency`, `max_categories` and `drop` mean what scikit-learn means by them, and the cells are
called as `OneHotEncoder.get_feature_names_out` calls them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from datacheck.errors import DataError
from datacheck.ops import Encode, OneHot
from datacheck.text import briefly

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from datacheck.ops import Scalar
    from datacheck.schema import Prepare

#: The most categories of one column: more are no categories but names.
MOST = 10_000

#: What scikit-learn calls the cell of all rare categories.
INFREQUENT = "infrequent_sklearn"


class Categories(NamedTuple):
    """What a column holds, once its missing cells are filled where they are.

    `counts` has every category with its count, in their order; `missing` counts the cells that
    are missing still; `own` says whether missing may be a category of its own.
    """

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
    """The categories of a column: those declared, or those that it holds, sorted.

    `counts` is of the cells that are not missing; `fill` what these become, or None. Raises
    `DataError` for too many, or undeclared ones where that is an error.
    """
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
