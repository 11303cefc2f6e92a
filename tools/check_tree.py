"""Holds the tree to four rules that no linter knows.

No tracked file names the host of a package registry: lock files and pins must work with whichever
registry a machine is set up for. No module is longer than a reader can hold in mind.
Every room of the library has a folder of tests. Nothing lies at the top but what belongs there:
what a command wrote in passing is easily committed.
"""

import subprocess
import sys
from pathlib import Path

LONGEST_MODULE = 400

#: What lies at the top, beside hidden files.
TOP = {
    *(
        "benchmarks",
        "datacheck",
        "docs",
        "requirements",
        "sample_data",
        "schemas",
        "tests",
        "tools",
    ),
    *("CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "SECURITY.md"),
    *("Makefile", "demo.sh", "mkdocs.yml", "package-lock.json", "package.json", "pyproject.toml"),
}

#: Name and domain apart, so that this file does not name them itself.
HOSTS = tuple(
    ".".join(parts).encode()
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("debian", "org"),
        ("repo1", "maven", "org"),
        ("proxy", "golang", "org"),
    )
)


def tracked() -> list[Path]:
    """List the files that git tracks."""
    listed = subprocess.run(["git", "ls-files", "-z"], check=True, capture_output=True)  # noqa: S607
    paths = [Path(name) for name in listed.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file()]


def registry_hosts(paths: list[Path]) -> list[str]:
    """Say where a file names a registry's host."""
    return [
        f"{path}: names the registry host {host.decode()}"
        for path in paths
        for host in HOSTS
        if host in path.read_bytes().lower()
    ]


def long_modules(paths: list[Path]) -> list[str]:
    """Say which modules of the library are too long."""
    lengths = {
        path: len(path.read_text(encoding="utf-8").splitlines())
        for path in paths
        if path.parts[0] == "datacheck" and path.suffix in {".py", ".js", ".ts"}
    }
    return [
        f"{path}: {length} lines, at most {LONGEST_MODULE} are allowed"
        for path, length in lengths.items()
        if length > LONGEST_MODULE
    ]


def rooms_without_tests(paths: list[Path]) -> list[str]:
    """Say which rooms of the library have no tests of their own."""
    rooms = {path.parts[1] for path in paths if path.match("datacheck/*/*.py")}
    tested = {
        path.parts[2]
        for path in paths
        if path.parts[:2] == ("tests", "unit") and path.name.startswith("test_")
    }
    return [f"tests/unit/{room}: there is none" for room in sorted(rooms - tested)]


def strays(paths: list[Path]) -> list[str]:
    """Say what lies at the top and does not belong there."""
    top = {path.parts[0] for path in paths}
    return [f"{name}: does not belong at the top" for name in sorted(top - TOP) if name[0] != "."]


def main() -> int:
    """Print what is wrong; the exit code says whether anything is."""
    paths = tracked()
    faults = [
        *registry_hosts(paths),
        *long_modules(paths),
        *rooms_without_tests(paths),
        *strays(paths),
    ]
    print("\n".join(faults) if faults else f"the tree of {len(paths)} files is in shape")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
