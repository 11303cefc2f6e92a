"""Every code that datacheck can give has a section that explains it, and its example makes it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from datacheck.errors import DatacheckError
from datacheck.report.explained import explain, explanations, link
from datacheck.schema.checks import PARAMETERS

ROOT = Path(__file__).resolve().parents[3]
SHAPE = re.compile(r"[a-z]+\.[a-z][a-z0-9_]*[a-z0-9]")
#: A text of this shape that is no code, by its file.
NO_CODES = {"export/javascript/node.py": {"verify.mjs"}}
#: What makes a code of its parts, and the codes that it makes.
MADE = {
    "missing.{word}": ("missing.null", "missing.nan"),
    "numeric.float32_{kind}": ("numeric.float32_overflow", "numeric.float32_underflow"),
    "schema.{name}": tuple(f"schema.{name}" for name in PARAMETERS),
}


def written(path: Path) -> set[str]:
    """Texts of a module that are given as a code: `code=...`, or of a family that is known."""
    families = {code.partition(".")[0] for code in explanations()}
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.keyword) and node.arg == "code":
            found |= {text for text in texts(node.value) if "." in text}
        elif isinstance(node, ast.Constant) and SHAPE.fullmatch(str(node.value)):
            found |= {str(node.value)} if str(node.value).partition(".")[0] in families else set()
    return found - NO_CODES.get(str(path.relative_to(ROOT / "datacheck")), set())


def texts(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.JoinedStr):
        return [ast.unparse(node)[2:-1]]
    if isinstance(node, ast.IfExp):
        return texts(node.body) + texts(node.orelse)
    return []


def codes() -> dict[str, str]:
    """By code, a module that gives it."""
    found = {}
    for path in sorted((ROOT / "datacheck").rglob("*.py")):
        for code in written(path):
            for each in MADE.get(code, (code,)):
                found[each] = str(path.relative_to(ROOT))
    return found


def test_every_code_has_a_section() -> None:
    given = codes() | dict.fromkeys(MADE["schema.{name}"], "schema/checks.py")
    assert len(given) > 60
    lacking = {code: where for code, where in given.items() if code not in explanations()}
    assert not lacking, "write a section for each in datacheck/report/codes/"
    assert not set(explanations()) - set(given), "no module gives these any more"


@pytest.mark.parametrize("code", list(explanations()))
def test_a_section_says_all_that_is_asked(code: str) -> None:
    found = explain(code)
    assert found.means.endswith(".")
    assert not found.means.startswith("**")
    for word in ("**Severity.**", "**Fix.**", "**Accept.**"):
        assert found.text.count(word) == 1
    assert f"{code}" in found.example


@pytest.mark.parametrize("code", list(explanations()))
def test_the_example_makes_the_finding(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for shared in ("sample_data", "schemas"):
        (tmp_path / shared).symlink_to(ROOT / shared)
    monkeypatch.chdir(tmp_path)
    exec(compile(explain(code).example, code, "exec"), {})  # noqa: S102


def test_a_check_of_ones_own_is_explained() -> None:
    assert explain("schema.adds_up").code == "schema.check"


def test_a_code_that_there_is_not_names_the_nearest() -> None:
    with pytest.raises(DatacheckError, match=r"missing\.null"):
        explain("missing.nul")
    with pytest.raises(DatacheckError, match="drift"):
        explain("xyzzy")


def test_links_are_anchors_as_github_and_the_site_make_them() -> None:
    assert link("numeric.float32_overflow").endswith("codes/numeric/#numericfloat32_overflow")
