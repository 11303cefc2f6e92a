"""SQL of more columns than DuckDB plans at once: proven by parts, which are the whole's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

import datacheck as dc
from datacheck.errors import ArtefactError
from datacheck.export.sql import proving


def wide(columns: int) -> dc.Transform:
    frame = pl.DataFrame(
        {f"c{i}": [float(i), None, i * 2.0 - 1.0, 4.0 + i % 7] for i in range(columns)}
    )
    lines = [
        f"  c{i}:\n    nullable: true\n    prepare: {{impute: median, scale: robust}}"
        for i in range(columns)
    ]
    text = "schema_type: polars_dataframe\ncolumns:\n" + "\n".join(lines)
    path = Path("wide.yaml")
    path.write_text(text)
    return dc.fit(frame, path)


@pytest.mark.parametrize("options", [{}, {"form": "cte"}, {"columns": [f"c{i}" for i in range(7)]}])
def test_parts_prove_what_the_whole_proves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(proving, "AT_ONCE", 3)
    transform = wide(7)
    transform.export("sql", "parts.sql", **options)
    assert dc.verify("parts.sql").ok
    monkeypatch.setattr(proving, "AT_ONCE", 50)
    transform.export("sql", "whole.sql", **options)
    assert dc.verify("whole.sql").ok
    assert Path("parts.sql").read_text() == Path("whole.sql").read_text()


def test_a_part_that_is_wrong_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(proving, "AT_ONCE", 3)
    transform = wide(7)
    spoilt = transform.fitted.golden[0] | {"out": transform.fitted.golden[0]["out"] | {"c5": 1.25}}  # type: ignore[operator]
    golden = (spoilt, *transform.fitted.golden[1:])
    with pytest.raises(ArtefactError, match="does not reproduce"):
        dc.Transform(transform.fitted._replace(golden=golden)).export("sql", "wrong.sql")
    assert not Path("wrong.sql").exists()
