"""`datacheck explain` prints the page of a code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from datacheck.cli import main
from datacheck.report.explained import explanations

if TYPE_CHECKING:
    import pytest


def test_a_code_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "missing.null"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("missing.null\n")
    assert "Accept." in told
    assert "**" not in told.partition("```")[0]


def test_all_are_listed_as_text_and_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain"]) == 0
    assert "drift.unit_change" in capsys.readouterr().out
    assert main(["explain", "--json"]) == 0
    listed = [each["code"] for each in json.loads(capsys.readouterr().out)["codes"]]
    assert listed == list(explanations())


def test_an_unknown_code_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "missing.nul"]) == 2
    assert "missing.null" in capsys.readouterr().err
