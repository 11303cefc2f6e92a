"""1.234 beside 5,67: points that may part thousands."""

from __future__ import annotations

import io

import pandas as pd
import polars as pl
import pytest

import datacheck as dc


def told(report: dc.Report, column: str) -> list[str]:
    return [found.code for found in report.findings if found.column == column]


def rows(amount: str, price: str) -> str:
    lines = (f"{amount % (n % 9 + 1, n * 37 % 1000)};{price % (n % 50)}" for n in range(120))
    return "amount;price\n" + "\n".join(lines) + "\n"


def test_three_decimals_beside_decimal_commas_are_told() -> None:
    frame = pd.read_csv(io.StringIO(rows("%d.%03d", "%d,25")), sep=";")
    report = dc.check(frame)
    (found,) = [f for f in report.findings if f.column == "amount"]
    assert (found.code, found.severity, found.count) == ("type.numeric_text", "warning", 120)
    assert "may part thousands" in found.message
    assert found.fix is None


@pytest.mark.parametrize(
    ("amount", "price"),
    [("%d.%03d", "%d.25"), ("%d.%03d5", "%d,25"), ("%d%03d.123", "%d,25")],
    ids=["no decimal comma", "four decimals", "beyond a thousand"],
)
def test_other_numbers_are_not(amount: str, price: str) -> None:
    frame = pd.read_csv(io.StringIO(rows(amount, price)), sep=";")
    assert "type.numeric_text" not in told(dc.check(frame), "amount")


def test_sections_of_a_list_are_codes() -> None:
    sections = [f"{n:02d}" for n in range(1, 30)]
    sections += [f"{n:02d}.{k}" for n in range(1, 30) for k in range(1, 12)]
    report = dc.check(pl.DataFrame({"section": sections}))
    assert told(report, "section") == ["type.mixed"]
    assert "type.numeric_text" not in {f.code for f in report.findings}
    padded = [f"{n:05.2f}" for n in range(1, 90)]  # 01.00, 02.00: numbers of one length
    assert "type.mixed" not in told(dc.check(pl.DataFrame({"x": padded})), "x")


@pytest.mark.parametrize(("few", "code"), [(True, "type.mixed"), (False, "type.numeric_text")])
def test_numbers_in_hexadecimal_digits_are_told(few: bool, code: str) -> None:
    texts = [str(n) if few and n % 25 else hex(n * 7) for n in range(200)]
    (found,) = [f for f in dc.check(pl.DataFrame({"h": texts})).findings if f.code == code]
    assert found.column == "h"
    assert "hexadecimal" in found.message


@pytest.mark.parametrize(
    "codes",
    [
        ["001.1", "250.00", "401.9", "585.6", "038.9"],
        [f"{minute % 1440 // 60:02d}.{minute % 60:02d}" for minute in range(0, 5000, 37)],
    ],
)
def test_zeros_in_front_of_a_point_make_codes_or_times(codes: list[str]) -> None:
    frame = pl.DataFrame({"code": codes * 3})
    [found] = [f for f in dc.check(frame).findings if f.column == "code"]
    assert (found.code, found.severity) == ("type.mixed", "info")
    assert dc.repair(frame, unsafe=True)[0].equals(frame)
    assert str(dc.suggest(frame).named["code"].dtype) == "String"


def test_numbers_padded_to_one_length_are_asked_about() -> None:
    frame = pl.DataFrame({"code": [f"{n % 99 + 1:02d}.{10 + n * 7 % 88}" for n in range(200)]})
    [found] = [f for f in dc.check(frame).findings if f.code == "type.numeric_text"]
    assert found.remedy.startswith("If '")
    assert dc.repair(frame)[0].equals(frame)


def test_a_point_and_a_comma_that_may_part_the_same_digits_are_not_read() -> None:
    either = [f"{n % 9 + 1}{'.,'[n % 2]}{n * 37 % 1000:03d}" for n in range(80)]
    found = {f.code: f.fix for f in dc.check(pl.DataFrame({"x": either})).findings}
    assert found["type.numeric_text"] is None
    for plain in ("0.125", "1,234.500", "100.5"):
        read = dc.suggest(pl.DataFrame({"x": ["1,234", "5,678", plain] * 30})).named["x"]
        assert str(read.dtype) == "Float64"
