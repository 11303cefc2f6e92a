"""The schema reference lists what the code reads: every check, key, option, word and default."""

from __future__ import annotations

import re
import runpy
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
import yaml

from datacheck.ops import OUTPUTS
from datacheck.schema.checks import ALIASES, OPTIONS, OWN_OPTIONS, PARAMETERS, read_check
from datacheck.schema.declare import Knn, Prepare
from datacheck.schema.yaml import COLUMN_KEYS, TABLE_KEYS

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/schema.md"


def table(heading: str) -> dict[str, list[str]]:
    """By each name in the first cell, the other cells of its row."""
    text = PAGE.read_text(encoding="utf-8")
    lines = text[text.index(heading) :].splitlines()
    rows = {}
    for line in lines[2:]:
        if not line.startswith("|"):
            break
        first, *others = re.split(r"\s*\|\s*", line.strip("| "))
        rows |= dict.fromkeys(re.findall(r"`([\w.]+)`", first), others)
    return rows


def test_every_check_is_listed() -> None:
    rows = table("| check | short |")
    assert list(rows) == list(PARAMETERS)
    for alias, name in ALIASES.items():
        assert rows[name][0] == f"`{alias}`"


@pytest.mark.parametrize("name", PARAMETERS)
def test_the_yaml_and_the_python_of_a_check_are_the_same(name: str) -> None:
    import pandera.polars as pa

    from datacheck.schema.from_pandera import read_check_object

    _, written, coded, _ = table("| check | short |")[name]
    ((key, value),) = yaml.safe_load(written.strip("`")).items()
    from_yaml = read_check(key, value, "the page")
    made = eval(coded.strip("`"), {"Check": pa.Check})  # noqa: S307 - our own page
    from_python = read_check_object(made, "the page")
    assert (from_yaml.name, from_yaml.arguments) == (from_python.name, from_python.arguments)


def test_every_option_of_a_check_is_listed() -> None:
    assert set(table("| option of a check |")) == {*OPTIONS, *OWN_OPTIONS}


def test_every_key_of_a_column_is_listed() -> None:
    assert set(table("| key | default | |\n|---|---|---|\n| `dtype` | any")) == set(COLUMN_KEYS)


def test_every_key_of_a_table_is_listed() -> None:
    listed = {
        name.partition(".")[0] for name in table("| key | default | |\n|---|---|---|\n| `schema")
    }
    assert listed == set(TABLE_KEYS)
    assert table("| key | default | |\n|---|---|---|\n| `schema")["prepare.output"][0] == (
        ", ".join(f"`{word}`" for word in OUTPUTS)
    )


@pytest.mark.parametrize(
    ("kind", "heading"), [(Prepare, "| option | values"), (Knn, "| key of `prepare.knn`")]
)
def test_every_option_is_listed_with_its_words_and_default(kind: type[Any], heading: str) -> None:
    rows = table(heading)
    hints = get_type_hints(kind)
    assert set(rows) == {each.name for each in fields(kind)}
    for each in fields(kind):
        said = rows[each.name][0]
        words = [word for word in get_args(hints[each.name]) if isinstance(word, str)]
        words += ["false", "true"] if hints[each.name] is bool and each.default is False else []
        missing = [word for word in words if f"`{word}`" not in said]
        assert not missing, f"{each.name}: {missing}"
        if words:
            assert said.startswith(f"`{str(each.default).lower()}`")
        elif each.default is not MISSING and each.default not in (None, ()):
            assert yaml.safe_load(said.strip("`")) in (each.default, [*_listed(each.default)])


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, tuple) else [value]


def test_the_index_for_language_models_has_every_page() -> None:
    made = runpy.run_path(str(ROOT / "tools/make_llms.py"))
    wanted, listed = (
        set(re.findall(r"\]\(([^)]+)\)", text))
        for text in (made["index"](), made["INDEX"].read_text("utf-8"))
    )
    assert listed == wanted, "run python tools/make_llms.py"


def test_every_page_is_in_the_navigation() -> None:
    config = (ROOT / "mkdocs.yml").read_text("utf-8")
    pages = {str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md")}
    lacking = {page for page in pages if page not in config and "decisions/" not in page}
    assert not lacking, "name each under nav in mkdocs.yml"


def test_the_thresholds_of_every_module_have_an_origin() -> None:
    found = runpy.run_path(str(ROOT / "tools/thresholds.py"))["thresholds"]()
    page = (ROOT / "docs/thresholds.md").read_text("utf-8")
    assert len(found) > 100
    lacking = {each.module for each in found if f"`{each.module}`" not in page}
    assert not lacking, "say in docs/thresholds.md what set them"


def test_the_places_that_the_architecture_names_are_there() -> None:
    page = (ROOT / "docs/architecture.md").read_text("utf-8")
    named = set(re.findall(r"`((?:[\w.]+/)+(?:[\w.]+)?)`", page))
    assert len(named) > 15
    gone = {
        name
        for name in named
        if not ((ROOT / name).exists() or (ROOT / "datacheck" / name).exists())
    }
    assert not gone
