"""`import datacheck` is cheap, complete and honest about what it has."""

import subprocess
import sys

import pytest

import datacheck


def run(code):
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.split()


@pytest.mark.parametrize("name", datacheck.__all__)
def test_every_public_name_is_there_and_listed(name):
    assert getattr(datacheck, name) is not None
    assert name in dir(datacheck)


def test_importing_loads_no_heavy_module():
    loaded = run("import sys, datacheck; print(*sys.modules)")
    heavy = {"polars", "pandera", "pandas", "numpy", "sklearn", "pyarrow", "typing", "dataclasses"}
    assert not heavy & set(loaded)


def test_importing_costs_no_more_than_30_ms():
    code = """
import time
start = time.perf_counter()
import datacheck
print(time.perf_counter() - start)
"""
    assert min(float(run(code)[0]) for _ in range(5)) < 0.030


def test_an_unknown_name_is_an_attribute_error_that_helps():
    with pytest.raises(AttributeError, match="did you mean 'validate'"):
        _ = datacheck.validte
    assert not hasattr(datacheck, "nothing_like_it")


def test_a_function_keeps_its_name_after_its_namesake_module_is_imported():
    code = """
import datacheck as dc
import datacheck.check, datacheck.profile, datacheck.validate
from datacheck.check import check
print(callable(dc.check), callable(dc.profile), callable(dc.validate), dc.check is check)
"""
    assert run(code) == ["True"] * 4


def test_a_static_reader_sees_the_names_that_are_there(tmp_path):
    used = tmp_path / "used.py"
    names = "\n".join(f"reveal_type(dc.{name})" for name in datacheck.__all__)
    used.write_text(f"import datacheck as dc\n{names}\n", encoding="utf-8")
    from mypy import api

    told, _, _ = api.run([str(used), "--cache-dir", str(tmp_path / "cache")])
    lines = [line for line in told.splitlines() if line.startswith(str(used))]
    assert not [line for line in lines if " error: " in line]
    assert not [line for line in lines if '"Any"' in line]
