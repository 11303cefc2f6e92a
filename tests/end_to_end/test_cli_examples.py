"""Every example in a help text runs as it stands, beside sample_data/ and schemas/."""

import shutil
import subprocess
import sys

import pytest

from datacheck.cli.parser import build_parser


def parsers():
    """The parser of each verb, by its name."""
    main = build_parser()
    (choices,) = (action.choices for action in main._actions if isinstance(action.choices, dict))
    return {"": main, **choices}


def example(parser):
    """The commands under the word Example, up to an empty line."""
    _, _, after = parser.epilog.partition("Example:\n")
    return after.split("\n\n")[0]


@pytest.fixture(scope="module")
def scratch(tmp_path_factory, pytestconfig):
    root = tmp_path_factory.mktemp("examples")
    for folder in ("sample_data", "schemas"):
        shutil.copytree(pytestconfig.rootpath / folder, root / folder)
    return root


@pytest.mark.parametrize("verb", parsers())
def test_the_example_runs(verb, scratch, tmp_path, pytestconfig):
    shutil.copytree(scratch, tmp_path, dirs_exist_ok=True)
    script = example(parsers()[verb])
    assert f"datacheck {verb}".strip() in script
    asked = f'datacheck() {{ "{sys.executable}" -W ignore -m datacheck "$@"; }}\n' + script
    done = subprocess.run(
        ["bash", "-c", asked],
        cwd=tmp_path,
        env={"PYTHONPATH": str(pytestconfig.rootpath), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    assert "datacheck: this is a bug" not in done.stderr
    assert done.stdout.strip()
