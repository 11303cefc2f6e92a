"""`import datacheck` is cheap, complete and honest about what it has."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import datacheck


def run(code):
    # Coverage measures child processes, and loads modules of its own there.
    env = {name: value for name, value in os.environ.items() if "COV" not in name}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env=env,
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
import datacheck.checking, datacheck.profiling, datacheck.validation
from datacheck.checking import check
print(callable(dc.check), callable(dc.profile), callable(dc.validate), dc.check is check)
"""
    assert run(code) == ["True"] * 4


def test_a_static_reader_is_told_the_same_homes():
    """mypy and editors read the imports under TYPE_CHECKING; at run time `_HOMES` is read."""
    tree = ast.parse(Path(datacheck.__file__).read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    told = {
        alias.name: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom) and node.module.startswith("datacheck")
        for alias in node.names
    }
    assert told == datacheck._HOME_OF
    assert set(told) == set(datacheck.__all__) - {"__version__"}


#: What users may do without, and the modules that are about one of them.
EXTRAS = {
    "dagster": {"datacheck.dagster"},
    "sklearn skops": {"datacheck.sklearn", "datacheck.export.sklearn"},
    "onnx onnxruntime": {"datacheck.export.onnx"},
    "pandas pyspark": {"datacheck.source.to_pandas", "datacheck.spark"},
    "keras": {"datacheck.keras", "datacheck.diagnosis.keras_step"},
    "torch": {
        "datacheck.torch",
        "datacheck.keras",
        "datacheck.diagnosis.torch_gradient",
        "datacheck.diagnosis.torch_state",
        "datacheck.diagnosis.torch_watch",
    },
    "duckdb fastexcel deltalake pyiceberg psycopg": set(),
}

IMPORTING = """
import importlib, pkgutil, sys

class Absent:
    def find_spec(self, name, *_):
        if name.split(".")[0] in {absent!r}.split():
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Absent())
import datacheck
for module in pkgutil.walk_packages(datacheck.__path__, "datacheck.", onerror=lambda _: None):
    try:
        importlib.import_module(module.name)
    except Exception:
        print(module.name)
"""


@pytest.fixture(scope="module")
def unloadable():
    """Modules about a package that is not installed here."""
    return set(run(IMPORTING.format(absent="nothing")))


@pytest.mark.parametrize("absent", EXTRAS)
def test_only_what_is_about_a_package_needs_it(absent, unloadable):
    assert set(run(IMPORTING.format(absent=absent))) - unloadable <= EXTRAS[absent]
