"""The exported JavaScript folder, run in the real Node and read by the real TypeScript."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datacheck.errors import ArtefactError, DatacheckError, SourceError
from datacheck.export import javascript, verify, write
from datacheck.export.javascript.verification import known_code
from datacheck.files import MANIFEST
from datacheck.golden.compare import Mismatch
from datacheck.ops import (
    Affine,
    Cast,
    Clip,
    Donors,
    Fill,
    Fitted,
    KnnFill,
    Missing,
    Program,
)

ROOT = Path(__file__).resolve().parents[3]
SUITES = sorted((ROOT / "tests" / "js").glob("*.test.mjs"))


def penguins(**changes: Any) -> Fitted:
    mass = Program(
        "mass", "number", "Int64", (Missing(), Fill(40), Affine(30.0, 0.1, 10.0), Cast("float32"))
    )
    flipper = Program(
        "flipper",
        "number",
        "Float64",
        (Missing(("n/a",)), Clip(1.0, 250.0, None, 250.0), Cast("float32")),
    )
    island = Program("island", "text", "String", (Missing(("?",)), Fill("Dream")))
    golden: tuple[dict[str, Any], ...] = (
        {
            "row": {"mass": None, "flipper": 0.5, "island": "?"},
            "out": {"mass": 1.0, "flipper": None, "island": "Dream"},
        },
        {
            "row": {"mass": 30, "flipper": -0.0, "island": "Biscoe"},
            "out": {"mass": 0.0, "flipper": None, "island": "Biscoe"},
        },
        {"row": {"mass": 1, "flipper": {"float": "inf"}, "island": None}, "refused": "flipper"},
    )
    fitted = Fitted((mass, flipper, island), "float32", None, golden, (), "datacheck tests")
    return fitted._replace(**changes)


def node(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["node", *arguments], cwd=cwd, capture_output=True, encoding="utf-8", check=False
    )


def evaluate(folder: Path, expression: str) -> Any:
    """Evaluate an expression over the exported module `m`, through JSON."""
    script = f"import * as m from './index.js'; console.log(JSON.stringify({expression}))"
    run = node("--input-type=module", "-e", script, cwd=folder)
    assert not run.returncode, run.stderr
    return json.loads(run.stdout)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write("javascript", penguins(), tmp_path / "penguins")
    return tmp_path / "penguins"


@pytest.mark.parametrize("suite", SUITES, ids=lambda path: path.name)
def test_node_suite(suite: Path) -> None:
    run = node("--test", "--test-reporter=tap", str(suite))
    assert not run.returncode, run.stdout + run.stderr
    assert "# fail 0" in run.stdout
    assert "# pass 0" not in run.stdout
    assert "# skipped 0" in run.stdout


def test_there_are_suites() -> None:
    assert [path.name for path in SUITES] == [
        "architectures.test.mjs",
        "backends.test.mjs",
        "batch.test.mjs",
        "diagnose.test.mjs",
        "guard.test.mjs",
        "tensor.test.mjs",
        "train.test.mjs",
        "train_modes.test.mjs",
        "values.test.mjs",
    ]


def test_folder_is_whole_and_names_no_path(folder: Path) -> None:
    names = {path.name for path in folder.iterdir()}
    assert names == {
        MANIFEST,
        "index.js",
        "index.d.ts",
        "tfjs.js",
        "tfjs.d.ts",
        "verify.mjs",
        "diagnose.mjs",
        "package.json",
        "transform.json",
        "golden.json",
        "lib",
    }
    package = json.loads((folder / "package.json").read_text())
    targets = [
        path
        for entry in package["exports"].values()
        for path in (entry.values() if isinstance(entry, dict) else [entry])
    ]
    assert all((folder / path).is_file() for path in targets)
    assert "dependencies" not in package
    assert list(folder.parent.iterdir()) == [folder]
    for path in folder.rglob("*.*"):
        assert str(ROOT) not in path.read_text(encoding="utf-8")


def test_rows_and_batches(folder: Path) -> None:
    assert evaluate(folder, "m.transform({mass: 60, flipper: 'n/a', island: '?', id: 7})") == {
        "mass": 3,
        "flipper": None,
        "island": "Dream",
        "id": 7,
    }
    assert evaluate(folder, "[...m.transformBatch([{mass: 0.1, flipper: 2}])]") == [
        float(np.float32((0.1 - 30.0) * 0.1)),
        2,
    ]
    assert evaluate(folder, "[m.columns, m.output]") == [["mass", "flipper"], "float32"]


def test_name_and_version_of_the_package(tmp_path: Path) -> None:
    write("javascript", penguins(), tmp_path / "p", name="@penguins/prepared", version="2.1.0")
    package = json.loads((tmp_path / "p" / "package.json").read_text())
    assert (package["name"], package["version"]) == ("@penguins/prepared", "2.1.0")


def test_verify_finds_nothing_in_a_good_folder(folder: Path) -> None:
    assert verify(folder) == []
    run = node("verify.mjs", cwd=folder)
    assert (run.returncode, run.stdout) == (0, "30 golden rows: the same bits\n")


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def cells(found: list[Mismatch]) -> set[tuple[int, str | None]]:
    """Which cells differ; the three golden rows stand ten times each."""
    return {(mismatch.row % 3, mismatch.column) for mismatch in found}


def test_verify_names_each_cell_that_differs(folder: Path) -> None:
    for name in ("transform.json", "lib/transform.js"):
        edit(folder / name, '"center":30.0', '"center":30.000001')
    found = verify(folder)
    there, back = found[:20], found[20:]
    assert cells(there) == {(0, "mass"), (1, "mass")}
    assert {mismatch.column for mismatch in back} == {"mass"}
    assert all(mismatch.got - mismatch.expected == pytest.approx(1e-6) for mismatch in back)
    assert found[1] == Mismatch(1, "mass", 0.0, float(np.float32((30 - 30.000001) * 0.1)))
    run = node("verify.mjs", cwd=folder)
    assert run.returncode == 1
    assert 'row 1, field "mass": expected 0, got -1.0000000116860974e-7' in run.stderr
    assert run.stderr.count("the way back: ") == 2 * len(back) > 0
    assert run.stdout == f"30 golden rows: {40 + 2 * len(back)} difference(s)\n"


def test_verify_misses_a_refusal(folder: Path) -> None:
    for name in ("transform.json", "lib/transform.js"):
        edit(folder / name, '"infinite":"refuse"', '"infinite":"missing"')
    found = verify(folder)
    assert cells(found) == {(2, "flipper")}
    assert {m.expected for m in found} == {"refused"}
    assert node("verify.mjs", cwd=folder).returncode == 1


def test_verify_sees_a_wrong_sign_of_zero(folder: Path) -> None:
    edit(folder / "golden.json", '"mass": 0.0,', '"mass": -0.0,')
    assert cells(verify(folder)) == {(1, "mass")}
    assert "expected -0, got 0" in node("verify.mjs", cwd=folder).stderr


def test_verify_tells_two_transforms_in_one_folder(folder: Path) -> None:
    edit(folder / "lib/transform.js", '"center":30.0', '"center":31.0')
    (found,) = verify(folder)
    assert found.expected == "lib/transform.js: what transform.json holds"
    run = node("verify.mjs", cwd=folder)
    assert run.returncode == 1
    assert "not the same transform" in run.stderr


def test_verify_refuses_what_is_broken(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ArtefactError, match="not a folder that `export` wrote"):
        javascript.verify(tmp_path / "empty")
    golden = (folder / "golden.json").read_text()
    for broken in ("[1]", "{", "", golden.replace('"rows": [', '"rows": [1, ', 1)):
        (folder / "golden.json").write_text(broken)
        with pytest.raises(ArtefactError, match="golden rows"):
            verify(folder)
    (folder / "golden.json").unlink()
    with pytest.raises(ArtefactError, match=r"lost its golden\.json"):
        verify(folder)


STRANGE = (
    "import { writeFileSync } from 'node:fs'; writeFileSync(new URL('./ran', import.meta.url), '');"
)


@pytest.mark.parametrize("name", ["verify.mjs", "index.js", "lib/replay.js", "tfjs.js"])
def test_code_that_is_no_releases_is_told_and_not_run(folder: Path, name: str) -> None:
    text = (folder / name).read_text()
    (folder / name).write_text(text.replace("\n", f"\n{STRANGE}\n", 1) if "\n" in text else STRANGE)
    (found,) = verify(folder)
    assert found.expected == f"{name} as a release of datacheck wrote it"
    (folder / name).unlink()
    (found,) = verify(folder)
    assert found.got == "no such file"
    assert not list(folder.rglob("ran"))


@pytest.mark.parametrize("name", ["more.js", "lib/more.mjs", "addon.node", "page.html", "x"])
def test_other_code_in_the_folder_is_told(folder: Path, name: str) -> None:
    (folder / name).write_text(STRANGE)
    (found,) = verify(folder)
    assert name in found.got


def test_a_module_with_more_than_the_transform_is_told_and_not_run(folder: Path) -> None:
    edit(folder / "lib/transform.js", "export default", f"{STRANGE}\nexport default")
    (found,) = verify(folder)
    assert found.expected == "lib/transform.js: what transform.json holds"
    assert not list(folder.rglob("ran"))


def test_scripts_of_a_package_are_told(folder: Path) -> None:
    edit(folder / "package.json", '"scripts": {', '"scripts": {"postinstall": "node -e 1", ')
    (found,) = verify(folder)
    assert found.expected == "package.json as a release of datacheck wrote it"


def test_a_folder_of_an_earlier_release_is_known(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "index.js").write_text("export const other = 1;\n")
    assert verify(folder)
    other = sha256((folder / "index.js").read_bytes()).hexdigest()
    shipped = known_code()[0]
    monkeypatch.setattr(
        "datacheck.export.javascript.verification.known_code",
        lambda: [shipped, shipped | {"index.js": other}],
    )
    assert verify(folder) == []


def test_one_release_is_not_mixed_with_another(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "index.js").write_text("// other\n")
    shipped = known_code()[0]
    mixed = sha256((folder / "index.js").read_bytes()).hexdigest()
    other = dict.fromkeys(shipped, "another release") | {"index.js": mixed}
    monkeypatch.setattr(
        "datacheck.export.javascript.verification.known_code", lambda: [shipped, other]
    )
    assert [found.expected for found in verify(folder)] == [
        "index.js as a release of datacheck wrote it"
    ]


def test_types_of_another_transform_are_told(folder: Path) -> None:
    types = folder / "index.d.ts"
    types.write_text(
        types.read_text().replace("interface Row {", 'interface Row {\n  "y": number;')
    )
    assert [each.expected for each in javascript.verify(folder)] == [
        "index.d.ts as `export` wrote it"
    ]
    (folder / ".datacheck.json").unlink()
    assert javascript.verify(folder) == []


def test_a_readme_and_a_lock_file_are_no_code(folder: Path) -> None:
    for name in ("README.md", "LICENSE", "package-lock.json"):
        (folder / name).write_text("{}")
    assert verify(folder) == []


def test_golden_rows_that_are_gone_are_missed(folder: Path) -> None:
    golden = json.loads((folder / "golden.json").read_text())
    golden["rows"] = golden["rows"][:29]
    (folder / "golden.json").write_text(json.dumps(golden))
    (found,) = verify(folder)
    assert found == Mismatch(0, None, "at least 30 golden rows", 29)


def test_wrong_golden_rows_stop_the_export(tmp_path: Path) -> None:
    wrong = {"row": {"mass": 30, "flipper": 5.0, "island": "x"}, "out": {"mass": -0.0}}
    with pytest.raises(ArtefactError, match="does not reproduce"):
        write("javascript", penguins(golden=(wrong,)), tmp_path / "p")
    assert list(tmp_path.iterdir()) == []


def test_without_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = os.environ["PATH"]
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ArtefactError, match="install Node 18"):
        write("javascript", penguins(), tmp_path / "p")
    assert not (tmp_path / "p").exists()
    write("javascript", penguins(), tmp_path / "p", proven=False)
    monkeypatch.setenv("PATH", path)
    assert verify(tmp_path / "p") == []


def test_overwriting(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="exists already"):
        write("javascript", penguins(), folder)
    write("javascript", penguins(output="float32"), folder, force=True)
    assert verify(folder) == []
    for name, text in [("mine.js", "mine"), ("index.js", "edited")]:
        (folder / name).write_text(text)
        with pytest.raises(SourceError, match=name):
            write("javascript", penguins(), folder, force=True)
        assert (folder / name).read_text() == text
    other = tmp_path / "thesis"
    other.mkdir()
    (other / "chapter.txt").write_text("years of work")
    with pytest.raises(SourceError, match="datacheck did not write"):
        write("javascript", penguins(), other, force=True)
    assert (other / "chapter.txt").read_text() == "years of work"


def with_donors(rows: int) -> Fitted:
    donors = Donors(("mass",), (30.0,), (0.1,), 2, "uniform", np.zeros((rows, 1)))
    ops = (Missing(), Affine(30.0, 0.1, 10.0), KnnFill(0.0), Cast("float64"))
    mass = Program("mass", "number", "Float64", ops)
    return Fitted((mass,), "float64", donors, (), (), "datacheck tests")


def test_many_donors_need_leave(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match=r"50 donors(.|\n)*max_donors"):
        write("javascript", with_donors(50), tmp_path / "p", max_bytes=400)
    write("javascript", with_donors(50), tmp_path / "p", max_bytes=4000)


def test_donors_travel_only_where_they_are_asked(tmp_path: Path) -> None:
    donors = with_donors(3).donors
    write("javascript", penguins(donors=donors), tmp_path / "p")
    assert json.loads((tmp_path / "p" / "transform.json").read_text())["donors"] is None


def test_a_dtype_that_javascript_lacks(tmp_path: Path) -> None:
    program = Program("id", "number", "Int64", (Missing(), Cast("int64")))
    with pytest.raises(DatacheckError, match="leaves no dtype"):
        write("javascript", penguins(programs=(program,)), tmp_path / "p")


def test_missing_values_compare_as_python_compares_them(tmp_path: Path) -> None:
    programs = (
        Program("flag", "boolean", "Boolean", (Missing((0, "no", 7)), Fill(value=True))),
        Program(
            "mass",
            "number",
            "Float64",
            (Missing((True, float("inf"), float("nan"))), Fill(3), Cast("float64")),
        ),
        Program("word", "text", "String", (Missing((1, "1")), Fill("one"))),
        Program("wait", "duration", "Duration", (Missing(("x", -1)),)),
    )
    write("javascript", Fitted(programs, "float64", None, (), (), ""), tmp_path / "p")
    given = (
        "[{flag: false, mass: 1, word: '1', wait: -1},"
        " {flag: true, mass: Infinity, word: 'a', wait: 1}]"
    )
    assert evaluate(tmp_path / "p", f"m.transformRows({given})") == [
        {"flag": True, "mass": 3, "word": "one", "wait": None},
        {"flag": True, "mass": 3, "word": "a", "wait": 1},
    ]


def test_types(folder: Path, tmp_path: Path) -> None:
    """The type checker takes the good uses and refuses the bad ones, each marked in the file."""
    project = tmp_path / "project"
    modules = project / "node_modules"
    (modules / "@tensorflow").mkdir(parents=True)
    shutil.copytree(folder, modules / "exported")
    for name in (ROOT / "node_modules" / "@tensorflow").iterdir():
        (modules / "@tensorflow" / name.name).symlink_to(name)
    shutil.copy(ROOT / "tests" / "js" / "types.ts", project)
    options = [
        "--strict",
        "--noEmit",
        "--skipLibCheck",
        "--module",
        "nodenext",
        "--target",
        "es2022",
    ]
    tsc = ROOT / "node_modules" / ".bin" / "tsc"
    run = subprocess.run(
        [tsc, *options, "types.ts"], cwd=project, capture_output=True, encoding="utf-8", check=False
    )
    assert not run.returncode, run.stdout
