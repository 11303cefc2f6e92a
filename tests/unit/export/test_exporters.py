"""The table of exporters: every target is whole, found by its files, and shown in the docs."""

from __future__ import annotations

import runpy
import sys
from importlib import import_module
from inspect import signature
from typing import TYPE_CHECKING

import pytest

from datacheck import export
from datacheck.errors import ArtefactError, DatacheckError, MissingExtraError
from datacheck.export import EXPORTERS
from datacheck.ops import OPS, Cast, Fitted, Missing, Program

if TYPE_CHECKING:
    from pathlib import Path

FITTED = Fitted(
    (Program("a", "number", "Float64", (Missing(), Cast("float64"))),),
    "float64",
    None,
    ({"row": {"a": 1.5}, "out": {"a": 1.5}},),
    (),
    "t",
)


@pytest.mark.parametrize("target", EXPORTERS)
def test_a_target_says_how_it_holds_every_op_and_has_both_functions(target: str) -> None:
    exporter = EXPORTERS[target]
    assert exporter.ops.keys() == OPS.keys()
    module = import_module(f"datacheck.export.{target}")
    assert "force" in signature(module.write).parameters
    assert "path" in signature(module.verify).parameters


@pytest.mark.parametrize("target", EXPORTERS)
def test_what_is_written_is_found_again_by_its_name(target: str, tmp_path: Path) -> None:
    path = tmp_path / f"artefact{EXPORTERS[target].suffix}"
    export.write(target, FITTED, path)
    assert export.verify(path) == []
    with pytest.raises(DatacheckError, match="exists"):
        export.write(target, FITTED, path)


@pytest.mark.parametrize("target", EXPORTERS)
def test_an_option_that_a_target_does_not_have_is_refused(target: str, tmp_path: Path) -> None:
    path = tmp_path / f"artefact{EXPORTERS[target].suffix}"
    with pytest.raises(ArtefactError, match=r"no option 'colums'(.|\n)*did you mean 'columns'"):
        export.write(target, FITTED, path, colums=["x"])


@pytest.mark.parametrize("target", EXPORTERS)
def test_a_target_alone_is_refused_or_written_so_that_it_verifies(
    target: str, tmp_path: Path
) -> None:
    path = tmp_path / f"artefact{EXPORTERS[target].suffix}"
    alone = FITTED._replace(programs=(FITTED.programs[0]._replace(role="target"),))
    try:
        export.write(target, alone, path)
    except ArtefactError as refusal:
        assert "no " in str(refusal)  # noqa: PT017 - the refusal or the artefact, one is right
        assert not path.exists()
    else:
        assert export.verify(path) == []


@pytest.mark.parametrize("target", [t for t, each in EXPORTERS.items() if each.needs])
def test_a_target_whose_packages_are_missing_names_its_extra(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, EXPORTERS[target].needs[-1], None)
    with pytest.raises(MissingExtraError, match=rf"datacheck-ml\[{target}\]"):
        export.write(target, FITTED, tmp_path / f"made{EXPORTERS[target].suffix}")


def test_suffixes_tell_targets_apart() -> None:
    suffixes = [exporter.suffix for exporter in EXPORTERS.values()]
    assert len(set(suffixes)) == len(suffixes)


def test_an_unknown_target_or_artefact_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match=r"no exporter for 'onx'(.|\n)*did you mean 'onnx'"):
        export.write("onx", FITTED, tmp_path / "t")
    with pytest.raises(ArtefactError, match="nothing at"):
        export.verify(tmp_path / "none.onnx")
    with pytest.raises(ArtefactError, match=r"a name that ends in \.onnx"):
        export.write("onnx", FITTED, tmp_path / "t.bin")
    (tmp_path / "t.txt").write_text("x")
    with pytest.raises(ArtefactError, match=r"not an exported artefact(.|\n)*'\.onnx'"):
        export.verify(tmp_path / "t.txt")


def test_the_page_of_targets_is_current(root: Path) -> None:
    page = runpy.run_path(str(root / "tools/make_targets.py"))["targets_page"]()
    assert (root / "docs/targets.md").read_text(encoding="utf-8") == page
