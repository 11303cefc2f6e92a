"""What a document may hold, described: classes that say of every place what may stand there.

A description says how long a text may be and how many items there may be; what does not fit is a
`Misfit` that names the place. Descriptions are data: a test walks them to make good documents and
bad ones.
"""

from __future__ import annotations

from functools import partial

from datacheck.errors import did_you_mean
from datacheck.text import briefly

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from typing import Any

#: Characters of a name, a value or a message; of text that is a document itself.
LONGEST = 2**16
#: Columns of a table, and values of one list that a person declares.
COLUMNS, VALUES = 100_000, 10_000
#: Lists and objects within each other.
DEEPEST = 32


class Misfit(Exception):  # noqa: N818 - a verdict on a node, which `read` makes an error of
    """A node, at a `path`, that is not what the description says; worded once it is asked."""

    def __init__(self, got: str | Callable[[], str], expected: str | Callable[[], str]) -> None:
        super().__init__(got)
        self._got, self._expected = got, expected
        self.path: list[str] = []

    @property
    def got(self) -> str:
        """What stands there."""
        return self._got if isinstance(self._got, str) else self._got()

    @property
    def expected(self) -> str:
        """What should."""
        return self._expected if isinstance(self._expected, str) else self._expected()

    def at(self, step: str) -> Misfit:
        """Say in which place of an outer node this was."""
        self.path.append(step)
        return self

    @property
    def where(self) -> str:
        """The way from the document to the node, such as ``columns[0].ops[2].center``."""
        return "".join(reversed(self.path)).lstrip(".") or "the document"


class Spec:
    """What may stand at a place. `expected` says it in words."""

    expected = "anything"

    def check(self, value: Any) -> None:
        """Raise `Misfit` unless the value is of this shape."""
        if not self.fits(value):
            raise Misfit(lambda: briefly(value), self.expected)

    def fits(self, value: Any) -> bool:
        """Whether the value is of this shape, for one without places inside."""
        raise NotImplementedError

    def all_fit(self, values: Collection[Any]) -> bool:
        """Whether each value is surely of this shape; never of one with places inside."""
        return self.is_leaf and all(map(self.fits, values))

    @property
    def is_leaf(self) -> bool:
        """Whether it has no places inside."""
        return type(self).check is Spec.check


class OneOf(Spec):
    """One of these texts or numbers, or null."""

    def __init__(self, *values: str | int | None) -> None:
        self.values = values
        self.expected = "one of " + ", ".join(map(repr, values)) if values[1:] else repr(values[0])

    def fits(self, value: Any) -> bool:
        """See `Spec`."""
        return any(type(value) is type(each) and value == each for each in self.values)


class Text(Spec):
    """A text of bounded length that can be written again: no half of a surrogate pair."""

    def __init__(self, most: int = LONGEST, least: int = 0) -> None:
        self.most, self.least = most, least
        self.expected = f"a text of at most {most:,} characters"

    def fits(self, value: Any) -> bool:
        """See `Spec`."""
        if type(value) is not str or not self.least <= len(value) <= self.most:
            return False
        return value.isascii() or not any("\ud800" <= mark <= "\udfff" for mark in value)

    def all_fit(self, values: Collection[Any]) -> bool:
        """See `Spec`."""
        if type(self) is Text and set(map(type, values)) == {str}:
            sizes = set(map(len, values))
            if self.least <= min(sizes) and max(sizes) <= self.most and "".join(values).isascii():
                return True
        return super().all_fit(values)


class Matching(Text):
    """A text of which a function makes something; it raises `ValueError` where it cannot."""

    def __init__(self, reads: Callable[[str], object], expected: str, most: int = LONGEST) -> None:
        super().__init__(most)
        self.reads, self.expected = reads, expected

    def fits(self, value: Any) -> bool:
        """See `Spec`."""
        if not super().fits(value):
            return False
        try:
            self.reads(value)
        except (ValueError, OverflowError):
            return False
        return True


class Integer(Spec):
    """A whole number between two bounds, both included."""

    def __init__(self, least: int = 0, most: int = 2**63 - 1) -> None:
        self.least, self.most = least, most
        self.expected = f"a whole number from {least:,} to {most:,}"

    def fits(self, value: Any) -> bool:
        """See `Spec`."""
        return type(value) is int and self.least <= value <= self.most


class Number(Spec):
    """A finite double; a whole number that a double can hold is one too."""

    def __init__(self, *, zero: bool = True) -> None:
        self.zero = zero
        self.expected = "a finite number" if zero else "a finite number other than 0"

    def fits(self, value: Any) -> bool:
        """See `Spec`."""
        if type(value) is int:
            try:
                value = float(value)
            except OverflowError:
                return False
        return isinstance(value, float) and value - value == 0.0 and (self.zero or value != 0.0)

    def all_fit(self, values: Collection[Any]) -> bool:
        """See `Spec`."""
        if self.zero and set(map(type, values)) == {float}:
            total = sum(values)
            if total - total == 0.0:  # an infinity or a NaN would have stayed
                return True
        return super().all_fit(values)


class Boolean(Spec):
    """True or false."""

    expected = "true or false"

    def fits(self, value: Any) -> bool:
        """See `Spec`."""
        return type(value) is bool


class AnyOf(Spec):
    """Any one of some shapes; of two records, the tag of `Tagged` tells better."""

    def __init__(self, *shapes: Spec) -> None:
        self.shapes = shapes
        self._leaves = [shape for shape in shapes if shape.is_leaf]
        self._others = [shape for shape in shapes if not shape.is_leaf]
        self._shallow = all(isinstance(shape, Record) and shape.is_flat for shape in self._others)
        self.expected = " or ".join(dict.fromkeys(shape.expected for shape in shapes))

    def check(self, value: Any) -> None:
        """See `Spec`."""
        for leaf in self._leaves:
            if leaf.fits(value):
                return None
        deepest: Misfit | None = None
        for shape in self._others:
            try:
                return shape.check(value)
            except Misfit as misfit:
                if misfit.path and deepest is None:
                    deepest = misfit
        raise deepest or Misfit(lambda: briefly(value), self.expected)

    def all_fit(self, values: Collection[Any]) -> bool:
        """See `Spec`."""
        kinds: dict[type, list[Any]] = {}
        for value in values:
            kinds.setdefault(type(value), []).append(value)
        return all(
            any(leaf.all_fit(each) for leaf in self._leaves)
            or (self._shallow and all(map(self._takes, each)))
            for each in kinds.values()
        )

    def _takes(self, value: Any) -> bool:
        try:
            self.check(value)
        except Misfit:
            return False
        return True


class ListOf(Spec):
    """A list, each item of one shape."""

    def __init__(self, item: Spec, most: int, least: int = 0) -> None:
        self.item, self.most, self.least = item, most, least
        few = f" of {least:,}" if least == most else f" of at most {most:,}"
        self.expected = "a list" + (few if least in {0, most} else f" of {least:,} to {most:,}")

    def check(self, value: Any) -> None:
        """See `Spec`."""
        if type(value) is not list:
            raise Misfit(lambda: briefly(value), self.expected)
        if not self.least <= len(value) <= self.most:
            raise Misfit(f"a list of {len(value):,}", self.expected)
        if self.item.all_fit(value):
            return
        at = 0
        try:
            for at, item in enumerate(value):  # noqa: B007 - told where one does not fit
                self.item.check(item)
        except Misfit as misfit:
            raise misfit.at(f"[{at}]") from None


class TupleOf(Spec):
    """A list with one shape for each of its places."""

    def __init__(self, *items: Spec) -> None:
        self.items = items
        self.expected = f"a list of {len(items)}"

    def check(self, value: Any) -> None:
        """See `Spec`."""
        if type(value) is not list or len(value) != len(self.items):
            raise Misfit(lambda: briefly(value), self.expected)
        for at, (shape, item) in enumerate(zip(self.items, value, strict=True)):
            try:
                shape.check(item)
            except Misfit as misfit:
                raise misfit.at(f"[{at}]") from None


class MapOf(Spec):
    """An object whose keys are data, such as the names of columns."""

    expected = "an object"

    def __init__(self, value: Spec, most: int, key: Spec | None = None) -> None:
        self.value, self.most, self.key = value, most, key or Text()

    def check(self, value: Any) -> None:
        """See `Spec`."""
        if type(value) is not dict:
            raise Misfit(lambda: briefly(value), self.expected)
        if len(value) > self.most:
            raise Misfit(f"{len(value):,} keys", f"at most {self.most:,}")
        if self.key.all_fit(value.keys()) and self.value.all_fit(value.values()):
            return
        for key, item in value.items():
            try:
                self.key.check(key)
                self.value.check(item)
            except Misfit as misfit:
                raise misfit.at(f"[{briefly(key)}]") from None


class Record(Spec):
    """An object with these keys; those of `optional` may be left out, others are unknown."""

    expected = "an object"

    def __init__(self, keys: Mapping[str, Spec], optional: Mapping[str, Spec] = {}) -> None:
        self.keys, self.optional = dict(keys), dict(optional)
        self._every = self.keys | self.optional
        self.is_flat = all(shape.is_leaf for shape in self._every.values())

    def extended(self, keys: Mapping[str, Spec], optional: Mapping[str, Spec] = {}) -> Record:
        """The same with more keys, or other shapes for them."""
        return Record(self.keys | dict(keys), self.optional | dict(optional))

    def check(self, value: Any) -> None:
        """See `Spec`."""
        if type(value) is not dict:
            raise Misfit(lambda: briefly(value), self.expected)
        if not value.keys() <= self._every.keys():
            odd = str(next(key for key in value if key not in self._every))
            hint = partial(did_you_mean, odd[:99], self._every)
            raise Misfit(lambda: f"the key {briefly(odd)}", hint)
        if not self.keys.keys() <= value.keys():
            absent = [key for key in self.keys if key not in value]
            raise Misfit("no " + ", ".join(map(repr, absent)), "an object that has it")
        key = ""
        try:
            for key, item in value.items():
                self._every[key].check(item)
        except Misfit as misfit:
            raise misfit.at(f".{key}") from None


class Tagged(Spec):
    """An object of one of several kinds: the text under `tag` says which."""

    expected = "an object"

    def __init__(self, tag: str, noun: str, kinds: Mapping[str, Record]) -> None:
        self.tag, self.noun = tag, noun
        self.kinds = {kind: each.extended({tag: OneOf(kind)}) for kind, each in kinds.items()}

    def check(self, value: Any) -> None:
        """See `Spec`."""
        if type(value) is not dict:
            raise Misfit(lambda: briefly(value), self.expected)
        kind = value.get(self.tag)
        if type(kind) is not str or kind not in self.kinds:
            hint = partial(did_you_mean, str(kind)[:99], self.kinds)
            raise Misfit(lambda: f"unknown {self.noun} {briefly(kind)}", hint)
        self.kinds[kind].check(value)


class AnyJson(Spec):
    """Whatever JSON holds, within bounds: nothing is made of it but a view."""

    expected = f"plain values, at most {DEEPEST} deep, no infinities"
    _leaf = AnyOf(OneOf(None), Boolean(), Text(2**20), Number())

    def check(self, value: Any) -> None:
        """See `Spec`."""
        self._at(value, 0)

    def _at(self, value: Any, depth: int) -> None:
        if depth > DEEPEST:
            raise Misfit("deeper nesting", self.expected)
        if type(value) is list:
            for item in value:
                self._at(item, depth + 1)
        elif type(value) is dict:
            for key, item in value.items():
                self._leaf.check(key)
                self._at(item, depth + 1)
        else:
            self._leaf.check(value)
