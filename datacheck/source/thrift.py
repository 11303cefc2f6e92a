"""Just enough of Thrift's compact protocol to read what a parquet file says of itself.

Structs become dictionaries from field number to value, so that a reader names the fields that it
wants. Written after the Apache Thrift specification of the compact protocol.
"""

from __future__ import annotations

import struct
from typing import TypeAlias, cast

from datacheck.source.held import BrokenError

Value: TypeAlias = "int | float | bool | bytes | list[Value] | dict[int, Value]"
Struct: TypeAlias = dict[int, Value]

#: How deep structs and lists may nest; parquet's own metadata needs seven.
DEEPEST = 24

_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 11, 12
_INTEGERS = (4, 5, 6)
#: The bit of a byte that says that more of the number follows.
MORE = 128


class Reader:
    """Reads one value after the other from bytes.

    >>> Reader(bytes([0x15, 0x06, 0x00])).struct()
    {1: 3}
    """

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data = data
        self.at = at

    def struct(self, depth: int = 0) -> Struct:
        """A struct, up to its end; a `BrokenError` says that the bytes end too early."""
        if depth > DEEPEST:
            raise BrokenError("nested too deeply")
        found: Struct = {}
        number = 0
        while head := self._byte():
            kind, step = head & 15, head >> 4
            number = number + step if step else self._zigzag()
            if kind in _INTEGERS:
                found[number] = self._zigzag()
            elif kind in (_TRUE, _FALSE):
                found[number] = kind == _TRUE
            else:
                found[number] = self._value(kind, depth)
        return found

    def _byte(self) -> int:
        try:
            byte = self.data[self.at]
        except IndexError:
            raise BrokenError("it ends too early") from None
        self.at += 1
        return byte

    def _varint(self) -> int:
        value = self._byte()
        if value < MORE:
            return value
        value &= MORE - 1
        for shift in range(7, 64, 7):
            byte = self._byte()
            value |= (byte & (MORE - 1)) << shift
            if byte < MORE:
                return value
        raise BrokenError("a number of more than 64 bits")

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)

    def _value(self, kind: int, depth: int) -> Value:
        if kind in _INTEGERS:
            return self._zigzag()
        if kind == _BINARY:
            return self._bytes(self._varint())
        if kind in (_BYTE, _TRUE, _FALSE):
            return self._byte()
        if kind == _DOUBLE:
            return cast("float", struct.unpack("<d", self._bytes(8))[0])
        return self._nested(kind, depth + 1)

    def _nested(self, kind: int, depth: int) -> Value:
        if kind == _STRUCT:
            return self.struct(depth)
        if kind in (_LIST, _SET):
            return self._list(depth)
        if kind == _MAP:
            return self._map(depth)
        raise BrokenError(f"a value of the unknown kind {kind}")

    def _bytes(self, size: int) -> bytes:
        found = self.data[self.at : self.at + size]
        if len(found) != size:
            raise BrokenError("it ends too early")
        self.at += size
        return found

    def _list(self, depth: int) -> list[Value]:
        head = self._byte()
        kind, size = head & 15, head >> 4
        if size == 15:  # noqa: PLR2004 - then the size follows
            size = self._varint()
        if size > len(self.data) - self.at:
            raise BrokenError("a list that is longer than the bytes")
        return [self._value(kind, depth) for _ in range(size)]

    def _map(self, depth: int) -> list[Value]:
        size = self._varint()
        if size > len(self.data) - self.at:
            raise BrokenError("a map that is longer than the bytes")
        kinds = self._byte() if size else 0
        return [self._value(kind, depth) for _ in range(size) for kind in (kinds >> 4, kinds & 15)]
