"""A real notebook, executed by a real kernel: reports, profiles, schemas and transforms show."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import nbformat
import pytest
from nbclient import NotebookClient

if TYPE_CHECKING:
    from pathlib import Path

SETUP = """
import datacheck as dc
table, plan = "sample_data/penguins.csv", "schemas/penguins.yaml"
fitted = dc.fit(table, plan)
"""
#: A cell each, and what must stand in what it shows.
CELLS = {
    "dc.check('sample_data/penguins_untidy.csv')": ("scale.unit_mix", 'class="guilty"'),
    "dc.profile(table)": ("bill_length_mm", 'class="shape"'),
    "dc.load_schema(plan)": ("in_range(min_value=25, max_value=70)", "impute: median"),
    "fitted": ("5 columns to 4 features", "filled with"),
    "fitted.diff(fitted, table)": ("Nothing found",),
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_everything_shows_itself_in_a_notebook(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(root))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    cells = [nbformat.v4.new_code_cell(code) for code in (SETUP, *CELLS)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    client = NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(root)}}
    )
    asyncio.run(client.async_execute())
    for cell, parts in zip(notebook.cells[1:], CELLS.values(), strict=True):
        (shown,) = cell.outputs
        page = shown["data"]["text/html"]
        assert page.startswith('<div class="datacheck">')
        assert "<script" not in page
        assert "prefers-color-scheme: dark" in page
        assert 'data-jp-theme-light="false"' in page
        for part in parts:
            assert part in page, cell.source
