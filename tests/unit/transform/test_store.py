"""The artefact: every bit comes back, and nothing that is broken is read."""

import json
import math
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datacheck.errors import ArtefactError
from datacheck.ops import (
    LARGEST,
    Affine,
    Cast,
    Clip,
    Donors,
    Fill,
    Fitted,
    KnnFill,
    Missing,
    Program,
    Seen,
)
from datacheck.transform.store import _sealed, dumps, load_file, loads

DOUBLES = st.floats(allow_nan=False, allow_infinity=False)
QUOTED = 'quote " and\nnewline'

PLAIN = Fitted(
    programs=(
        Program(
            "mass, g",
            "number",
            "Float64",
            (
                Cast("float64"),
                Missing((-999.0, "n/a"), "keep"),
                Clip(-LARGEST, LARGEST, -1.0, 5.0),
                Clip(0.1, 4.0, None, None),
                Fill(2.5),
                Affine(2.5, 1.0 / 3.0, 3.0),
                Cast("float32"),
            ),
        ),
        Program(QUOTED, "text", "String", (Missing(("?",), "keep"), Fill("Ä"))),
    ),
    output="float32",
    donors=None,
    golden=(
        {
            "row": {"mass, g": -0.0, QUOTED: "Ä"},
            "out": {"mass, g": 5e-324, QUOTED: None},
        },
    ),
    findings=({"code": "scale.degenerate"},),
    producer="datacheck 0.1.0",
)
DONORS = Donors(("a", "b"), (0.1, 0.0), (1.0 / 3.0, 1.0), 3, "uniform", np.array([[1.0, np.nan]]))
WITH_DONORS = PLAIN._replace(
    programs=(
        Program("a", "number", "Int64", (Missing((), "refuse"), KnnFill(0.5), Cast("float32"))),
        Program("b", "number", "Int64", (Missing((), "refuse"), Cast("float32"))),
    ),
    donors=DONORS,
    golden=(),
    seen=Seen(7, {"a": 2, "b": 0}, {}),
)


def test_a_transform_comes_back_whole() -> None:
    assert loads(dumps(PLAIN), "t") == PLAIN
    assert repr(loads(dumps(PLAIN), "t")) == repr(PLAIN)  # -0.0 too


def test_donors_come_back_bit_for_bit() -> None:
    loaded = loads(dumps(WITH_DONORS), "t")
    assert loaded._replace(donors=None) == WITH_DONORS._replace(donors=None)
    assert loaded.donors is not None
    assert loaded.donors[:-1] == DONORS[:-1]
    assert loaded.donors.rows.tobytes() == DONORS.rows.tobytes()  # type: ignore[attr-defined]


@given(DOUBLES, DOUBLES, DOUBLES)
def test_floats_keep_their_bits(center: float, inverse: float, scale: float) -> None:
    ops = (Missing((), "refuse"), Affine(center, inverse or 1.0, scale or 1.0), Cast("float32"))
    fitted = PLAIN._replace(programs=(Program("x", "number", "Float64", ops),), golden=())
    assert repr(loads(dumps(fitted), "t")) == repr(fitted)


def test_the_same_transform_has_the_same_bytes() -> None:
    assert dumps(loads(dumps(PLAIN), "t")) == dumps(PLAIN)
    assert dumps(loads(dumps(WITH_DONORS), "t")) == dumps(WITH_DONORS)


def test_there_is_no_token_that_json_lacks() -> None:
    def refuse(token: str) -> None:
        raise AssertionError(token)

    json.loads(dumps(PLAIN), parse_constant=refuse)
    with pytest.raises(ArtefactError, match=r"findings\[0\]"):
        dumps(PLAIN._replace(findings=({"evidence": math.nan},)))


@pytest.mark.parametrize("fitted", [PLAIN, WITH_DONORS], ids=["json", "zip"])
def test_no_truncation_is_read(fitted: Fitted) -> None:
    data = dumps(fitted)
    for length in [0, 1, 2, 10, len(data) // 2, len(data) - 2]:
        with pytest.raises(ArtefactError):
            loads(data[:length], "t")


@pytest.mark.parametrize("fitted", [PLAIN, WITH_DONORS], ids=["json", "zip"])
def test_no_changed_byte_is_read_as_another_transform(fitted: Fitted) -> None:
    data = dumps(fitted)
    rng = np.random.default_rng(0)
    for at in rng.integers(0, len(data), 200):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        try:
            loaded = loads(changed, "t")
        except ArtefactError:
            continue
        # White space between JSON tokens, and a zip's own bookkeeping, carry no meaning.
        assert dumps(loaded) == data


def changed(**changes: Any) -> bytes:
    document = json.loads(dumps(PLAIN))
    document |= changes
    return _sealed(document)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (changed(version=3), "version that this datacheck does not know"),
        (changed(format="datacheck.profile"), "is not a transform"),
        (b"[1, 2]", "is not a transform"),
        (b"null", "is not a transform"),
        (b"{}", "is not a transform"),
        (b"", "not whole JSON"),
        (b"\x00\xff", r"no JSON at all\n  got: content that begins with b'.x00.xff'"),
        (b"columns:\n  a: {dtype: Float64}", "give the file that `fit` wrote"),
        (b'{"a": NaN}', "not whole JSON"),
        (b"[" * 100_000, "not whole JSON"),
        (changed(columns=[{"column": "x"}]), "not a transform that this version reads"),
        (changed(columns=3), "not a transform that this version reads"),
        (
            changed(
                columns=[
                    {"column": "x", "kind": "number", "dtype": "Float64", "ops": [{"op": "aff"}]}
                ]
            ),
            "did you mean 'affine'",
        ),
        (
            changed(
                columns=[
                    {
                        "column": "x",
                        "kind": "number",
                        "dtype": "Float64",
                        "ops": [{"op": "fill", "v": 1}],
                    }
                ]
            ),
            r"columns\[0\].ops\[0\]: the key 'v'",
        ),
        *(
            (
                changed(
                    columns=[{"column": "x", "kind": "number", "dtype": name, "ops": []}],
                ),
                "polars' name of a dtype",
            )
            for name in ("", "Float63", "float64", "Int64; import os", "List(Float64)", " Date")
        ),
    ],
)
def test_what_is_wrong_is_said(data: bytes, message: str) -> None:
    with pytest.raises(ArtefactError, match=message):
        loads(data, "t")


def test_an_edited_number_is_noticed() -> None:
    data = dumps(PLAIN).replace(b'"center": 2.5', b'"center": 2.6')
    with pytest.raises(ArtefactError, match="changed after it was saved"):
        loads(data, "t")


def test_donors_of_another_fit_are_noticed(tmp_path: Path) -> None:
    other = WITH_DONORS._replace(donors=DONORS._replace(rows=np.array([[2.0, 3.0]])))
    for name, fitted in (("a", WITH_DONORS), ("b", other)):
        (tmp_path / name).write_bytes(dumps(fitted))
    with zipfile.ZipFile(tmp_path / "a") as a, zipfile.ZipFile(tmp_path / "b") as b:
        document, donors = a.read("transform.json"), b.read("donors.arrow")
    with zipfile.ZipFile(tmp_path / "mixed", "w") as mixed:
        mixed.writestr("transform.json", document)
        mixed.writestr("donors.arrow", donors)
    with pytest.raises(ArtefactError, match="donors"):
        load_file(tmp_path / "mixed")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match="No such file"):
        load_file(tmp_path / "missing.json")
