"""From a path, a glob or a folder to the files of one table, in an order that never varies."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from glob import glob, has_magic
from pathlib import Path

from datacheck.errors import SourceError
from datacheck.files import expanded
from datacheck.source.collecting import reading, reason
from datacheck.source.lakes import lake_of, must_be_loose

#: The kind of a file, by the end of its name.
KINDS: dict[str, str] = {
    ".csv": "csv",
    ".csv.gz": "csv",
    ".csv.zst": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".tsv.gz": "tsv",
    ".tsv.zst": "tsv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "ipc",
    ".ipc": "ipc",
    ".feather": "ipc",
    ".ndjson": "ndjson",
    ".ndjson.gz": "ndjson",
    ".ndjson.zst": "ndjson",
    ".jsonl": "ndjson",
    ".jsonl.gz": "ndjson",
    ".jsonl.zst": "ndjson",
    ".json": "json",
    ".json.gz": "json",
    ".json.zst": "json",
    ".xlsx": "excel",
    ".xlsm": "excel",
    ".xlsb": "excel",
    ".xls": "excel",
    ".ods": "excel",
}

#: Names of text that say nothing of its cells: taken for CSV where one such file is named.
_SOME_TEXT = (".txt", ".dat", ".data")

#: What Spark writes beside whole parts, and kinds of which a part without rows has no byte.
_WHOLE, _LINES = "_SUCCESS", ("csv", "tsv", "ndjson")

_PACKED = (".gz", ".zst")
_KNOWN = ", ".join(end for end in KINDS if not end.endswith(_PACKED)) + "; of text also .gz, .zst"


@dataclass(frozen=True)
class Files:
    """Files of one kind that make one table."""

    name: str
    #: One of the values of `KINDS`, or `delta` or `iceberg`.
    kind: str
    #: The files, sorted.
    paths: tuple[str, ...]
    #: The folder's names hold columns, as in `year=2024/part-0.parquet`.
    hive: bool = False


#: What to do about files of other kinds that are often met.
_INSTEAD = dict.fromkeys(
    (".db", ".sqlite", ".sqlite3"), "name the table that is wanted: sqlite:///{path} and a query"
) | dict.fromkeys(
    (".zip", ".tar", ".tgz", ".bz2", ".xz", ".7z", ".gz", ".zst"),
    "unpack it, and give the table that is in it",
)
_INSTEAD |= {
    ".numbers": "export it as xlsx or CSV",
    ".dta": "write it as parquet: pandas.read_stata({path!r}).to_parquet(OUT)",
    ".sav": "write it as parquet: pandas.read_spss({path!r}).to_parquet(OUT)",
    ".sas7bdat": "write it as parquet: pandas.read_sas({path!r}).to_parquet(OUT)",
    ".avro": "write it as parquet: polars.read_avro({path!r}).write_parquet(OUT)",
    ".orc": "write it as parquet: pandas.read_orc({path!r}).to_parquet(OUT)",
    ".npy": "name its columns: polars.DataFrame(numpy.load({path!r}), schema=NAMES)",
}


def format_by_name(path: str) -> str:
    """The kind of a file by its name; a `SourceError` says that the extension is not known.

    >>> format_by_name("measurements.CSV.gz")
    'csv'
    """
    kind = kind_by_name(path)
    if kind is None:
        suffix = Path(path).suffix
        raise SourceError(
            f"{path} has an extension that datacheck does not know",
            got=suffix or "no extension",
            expected=_KNOWN,
            todo=_INSTEAD.get(
                suffix.lower(),
                "if it is one of these under another name, rename it, or give it as standard input "
                "(- < {path}), which is known by what it holds",
            ).format(path=path)
            + "; or read it with a library that knows it, and give the frame",
        )
    return kind


def kind_by_name(path: str, kinds: Mapping[str, str] = KINDS) -> str | None:
    """The kind of a file by the end of its name; None where that is none that is known."""
    end = known_end(path, kinds)
    return None if end is None else kinds[end]


def known_end(path: str | Path, ends: Iterable[str]) -> str | None:
    """The longest of some ends that a file's name has.

    >>> known_end("x.CSV.gz", KINDS), known_end("x.gz", KINDS)
    ('.csv.gz', None)
    """
    lower = Path(path).name.lower()
    return max((end for end in ends if lower.endswith(end)), key=len, default=None)


def find_files(path: str) -> Files:
    """Resolve a path, a glob (`*`, `?`, `[...]`, `**`) or a folder.

    A path that exists is taken as it stands, even if it holds a star or a bracket. In a folder,
    names that begin with `.` or `_` are passed over, and so are empty parts where Spark says that
    it has written all; of subfolders only `key=value` ones are read,
    and only for parquet. A `SourceError` says that nothing is there, or that the files are of more
    than one kind or of an unknown one.
    """
    path = str(Path(expanded(path)))
    with reading(path):
        kind = lake_of(Path(path))
        if kind is not None:  # its log says which files are read
            return Files(path, kind, ())
        if Path(path).is_dir():
            return _folder(path)
        if Path(path).exists():
            must_be_loose([path])
            _must_be_file(path)
            kind = "csv" if known_end(path, _SOME_TEXT) else format_by_name(path)
            return Files(path, kind, (path,))
        if has_magic(path):
            return _glob(path)
    near = f"a link to {os.readlink(path)}" if os.path.islink(path) else nearest(path)  # noqa: PTH114, PTH115
    raise SourceError(
        f"{path} does not exist",
        got=near,
        expected="a file, a folder or a glob",
        todo="check the spelling, and that the path starts from the right folder",
    )


def nearest(path: str) -> str:
    """Name what is there instead: a similar name, or the first folder that is missing."""
    from difflib import get_close_matches

    parent = Path(path).parent
    if not parent.is_dir():
        return f"no folder {parent}"
    try:
        names = sorted(each.name for each in parent.iterdir())
    except OSError as error:
        return f"the folder {parent} cannot be listed: {reason(error)}"
    near = get_close_matches(Path(path).name, names, n=3)
    return "near it: " + ", ".join(near) if near else f"no such name in {parent.resolve().name}/"


def _glob(pattern: str) -> Files:
    found = sorted(path for path in glob(pattern, recursive=True) if not Path(path).is_dir())  # noqa: PTH207
    if not found:
        raise SourceError(
            f"{pattern} matches no file",
            got="0 files",
            expected="at least one",
            todo="check the pattern, and quote it so that the shell does not expand it",
        )
    for path in found:
        format_by_name(path)
    return _together(pattern, found)


def _folder(path: str) -> Files:
    found = sorted(_walk(Path(path)))
    if not found:
        raise SourceError(
            f"the folder {path} holds no file to read",
            got="0 files",
            expected=f"files of one kind: {_KNOWN}",
            todo="name the folder that holds the data",
        )
    if (Path(path) / _WHOLE).exists():
        empty = {n for n in found if kind_by_name(n) in _LINES and not Path(n).stat().st_size}
        found = [name for name in found if name not in empty] or found
    for name in found:
        if kind_by_name(name) is None:
            raise SourceError(
                f"the folder {path} holds a file of an unknown kind",
                got=name,
                expected=f"files of one kind: {_KNOWN}",
                todo=f"move it away, or name the files with a glob such as {path}/*.parquet",
            )
    return _together(path, found)


def _together(name: str, found: list[str]) -> Files:
    must_be_loose(found)
    for each in found:
        _must_be_file(each)
    return Files(name, one_kind(name, found), tuple(found), hive=is_hive(found))


def _must_be_file(path: str) -> None:
    with reading(path):
        mode = Path(path).stat().st_mode
    if not stat.S_ISREG(mode):
        raise SourceError(
            f"cannot read {path}",
            got="a device, a socket, or one pipe among several files",
            expected="a file",
            todo="save what comes from it as a file, or give it alone through standard input: `-`",
        )


def _walk(folder: Path) -> list[str]:
    found: list[str] = []
    with os.scandir(folder) as listing:
        entries = list(listing)
    for entry in entries:
        if entry.name.startswith((".", "_")):
            continue
        if not entry.is_dir():
            found.append(entry.path)
        elif "=" in entry.name:
            found += _walk(Path(entry.path))
        else:
            raise SourceError(
                f"the folder {folder} holds a folder",
                got=entry.name,
                expected="files, or folders named key=value (hive partitions)",
                todo=f"name the files with a glob such as {folder}/**/*.parquet",
            )
    return found


def one_kind(name: str, paths: list[str]) -> str:
    """The kind of some files by their names; a `SourceError` says that there are several."""
    kinds = sorted({format_by_name(path) for path in paths})
    if len(kinds) > 1:
        raise SourceError(
            f"{name} holds files of several kinds",
            got=", ".join(kinds),
            expected="files of one kind",
            todo="name one kind with a glob, such as *.parquet",
        )
    if is_hive(paths) and kinds != ["parquet"]:
        raise SourceError(
            f"{name} has key=value folders around {kinds[0]} files",
            expected="such folders (hive partitions) around parquet files only",
            todo="convert the files to parquet, or name them with a pattern for each folder",
        )
    return kinds[0]


def is_hive(paths: list[str]) -> bool:
    """Whether folders around the files name a column and its value, as in `year=2024/`."""
    return any("=" in part for path in paths for part in Path(path).parent.parts)
