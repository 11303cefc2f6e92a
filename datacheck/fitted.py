"""The fitted transform as users hold it: the verbs over what `transform` fits and `export` writes.

Importing this loads no dataframe library; each verb imports what it needs. A service that loads a
transform and applies one row stays as small as that.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from typing import IO, Any

    from numpy.typing import NDArray

    from datacheck.errors import DataError
    from datacheck.ops import Fitted
    from datacheck.report import Report
    from datacheck.source import Source


class Transform:
    """A fitted preparation, made by `fit` and `load`: plain numbers, and the ways to run them.

    Attributes
    ----------
    fitted : Fitted
        The column programs as frozen data.
    """

    def __init__(self, fitted: Fitted) -> None:
        from datacheck.transform.row import row_function

        self.fitted = fitted
        self._row = row_function(fitted)
        self._rows: dict[tuple[str, ...], Callable[[Mapping[str, Any]], dict[str, Any]]] = {}

    @property
    def columns(self) -> tuple[str, ...]:
        """The fitted columns, in the order of the table they were fitted on."""
        return tuple(program.column for program in self.fitted.programs)

    @property
    def findings(self) -> tuple[dict[str, Any], ...]:
        """What was seen at fit, as plain dictionaries like those of a report."""
        return self.fitted.findings

    @property
    def feature_names_out(self) -> tuple[str, ...]:
        """The columns of `matrix`, in order: what a model takes, without targets and ids."""
        from datacheck.ops import features_of

        return features_of(self.fitted.programs)

    def apply(
        self,
        data: Any,
        columns: Sequence[str] | None = None,
        *,
        progress: Callable[[int], None] | None = None,
    ) -> Any:
        """Transform a table.

        Parameters
        ----------
        data
            Anything that `read` takes. It must hold every fitted column, but for a target and for
            columns that the schema says are not required; others pass through.
        columns
            The fitted columns to prepare, where not all: what comes out is theirs alone, in their
            order.
        progress
            While neighbours are sought, which may take long: called with the number of rows that
            have theirs.

        Returns
        -------
        The same kind as came in; a lazy frame stays lazy, and a path gives a lazy frame.

        Raises
        ------
        DataError
            For missing columns (all in one error), wrong types, and cells that may not pass, such
            as an infinity. On a lazy frame the last is raised when it is collected.
        SourceError
            If the data cannot be read.
        """
        import polars as pl

        from datacheck.source import give_back
        from datacheck.transform.apply import apply_eager, apply_lazy

        if isinstance(data, pl.DataFrame) and pl.Object not in data.dtypes:
            return apply_eager(data, self.fitted, progress=progress, columns=columns)
        source = self._opened(data).narrowed(self.columns)
        prepared = apply_lazy(
            source.frame, self.fitted, text=source.text, progress=progress, columns=columns
        )
        return give_back(prepared, source, alone=columns is not None)

    def matrix(self, data: Any, dtype: Any = None) -> NDArray[Any]:
        """The features of a table as one array, for training and for asking.

        Parameters
        ----------
        data
            Anything that `read` takes. It may hold other columns, and lack the target.
        dtype
            Of the array; by default that of the transform's output.

        Returns
        -------
        numpy.ndarray
            Shape (rows, features), C-contiguous, its columns in the order of `feature_names_out`.
            NaN is a cell that is missing and that nothing fills.

        Raises
        ------
        DataError
            As `apply` says, and for a transform without features.
        """
        from datacheck.transform.vector import matrix_of

        source = self._opened(data).narrowed(self.columns)
        return matrix_of(source.frame, self.fitted, text=source.text, dtype=dtype)

    def apply_row(
        self, row: Mapping[str, Any], columns: Sequence[str] | None = None
    ) -> dict[str, Any]:
        """Transform one row, in plain Python.

        Parameters
        ----------
        row
            Every fitted column by name; None and NaN stand for missing. Other keys pass through.
        columns
            As `apply` has them.

        Raises
        ------
        DataError
            For missing columns, and for a cell that may not pass.
        """
        if columns is None:
            return self._row(row)
        names = (columns,) if isinstance(columns, str) else tuple(columns)
        if names not in self._rows:
            from datacheck.transform.row import row_function

            self._rows[names] = row_function(self.fitted, names)
        return self._rows[names](row)

    def inverse(self, data: Any, columns: Sequence[str] | str | None = None) -> Any:
        """Undo scaling, powers and ordinal codes; what was clipped, filled or one-hot stays so.

        Parameters
        ----------
        data
            Any part of the prepared columns: a table of any kind that `read` takes, a row as a
            mapping, a series or an array. Other columns stay.
        columns
            Which columns to bring back, where not all that are there; of an array, what its
            columns are (by default the features), one name for an array of one dimension.

        Returns
        -------
        The same kind as came in.

        Raises
        ------
        DataError
            For columns that were not fitted, or that are not there.
        """
        from datacheck.transform.containers import inverse

        return inverse(data, self.fitted, columns)

    def json_schema(self, title: str = "Row") -> dict[str, Any]:
        """JSON Schema of one input row, for the documentation of a service."""
        from datacheck.transform.request import json_schema

        return json_schema(self.fitted, title)

    def pydantic_model(self, name: str = "Row") -> Any:
        """A pydantic model of one input row: ``model_dump(by_alias=True)`` is for `apply_row`."""
        from datacheck.transform.request import pydantic_model

        return pydantic_model(self.fitted, name)

    def refusal(self, data: Any) -> DataError | None:
        """Why `apply` refuses a table: the error that names the column and its first rows.

        Parameters
        ----------
        data
            As for `apply`. A lazy frame or a file is read once, to find the rows.

        Returns
        -------
        DataError, or None where nothing is refused once scaled.
        """
        from datacheck.transform.apply import find_refused

        source = self._opened(data)
        return find_refused(source.frame, self.fitted, text=source.text)

    def save(self, path: str | Path | IO[bytes], *, force: bool = False) -> None:
        """Write the artefact: one JSON document (with KNN donors, one zip). See `load`.

        Parameters
        ----------
        path
            A file's name, or a file that is open for writing bytes.
        force
            Overwrite what is there.

        Raises
        ------
        SourceError
            If it cannot be written, or is there already and `force` is not given.
        """
        if hasattr(path, "write"):
            path.write(self.to_bytes())
            return
        from datacheck.files import whole_file

        with whole_file(path, force=force) as beside:
            beside.write_bytes(self.to_bytes())

    def to_bytes(self) -> bytes:
        """The artefact as `save` writes it."""
        from datacheck.transform.store import dumps

        return dumps(self.fitted)

    @staticmethod
    def from_bytes(data: bytes) -> Transform:
        """Read what `to_bytes` gave.

        Raises
        ------
        ArtefactError
            As `load` says.
        """
        from io import BytesIO

        return load(BytesIO(data))

    def export(self, target: str, path: str | Path, *, force: bool = False, **options: Any) -> None:
        """Write the transform for the runtime that serves: it proves itself on the golden rows.

        Parameters
        ----------
        target
            One of `datacheck.export.EXPORTERS`: ``onnx``, ``javascript``, ``sql``, ``sklearn``.
        options
            The target's own; see its page in the documentation.

        Raises
        ------
        ArtefactError
            For an unknown target, or a transform that the target cannot hold.
        """
        from datacheck.export import write

        write(target, self.fitted, path, force=force, **options)

    def diff(self, other: Transform, data: Any, *, above: float = 0.05) -> Report:
        """What moves when `other` takes this transform's place.

        Parameters
        ----------
        data
            The rows to compare on.
        above
            In units of the output: a column of which 5% of the rows move by more is an error.

        Returns
        -------
        Report
            With one ``diff.*`` finding for each column that changed.
        """
        from datacheck.source import open_source
        from datacheck.transform.diff import diff_transforms

        return diff_transforms(self.fitted, other.fitted, open_source(data), above=above)

    def _opened(self, data: Any) -> Source:
        """The data as a source, its columns read as those that were fitted."""
        import polars as pl

        from datacheck.source import open_source
        from datacheck.transform.decode import dtype_of, numeral_of

        source = open_source(data)
        dtypes = {program.column: dtype_of(program) for program in self.fitted.programs}
        if source.text:
            spelt = (each.column for each in self.fitted.programs if numeral_of(each) is not None)
            dtypes |= dict.fromkeys(spelt, pl.String())
        return source.as_declared(dtypes)

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel as the artefact: pickle and copy carry a document, never code."""
        return Transform.from_bytes, (self.to_bytes(),)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Transform) and self.to_bytes() == other.to_bytes()

    def __hash__(self) -> int:
        return hash(self.fitted.programs)

    def _repr_html_(self) -> str:
        from datacheck.transform.shown import fragment_of

        return fragment_of(self.fitted)

    def __repr__(self) -> str:
        shown = ", ".join(map(repr, self.columns[:5])) + (", ..." if len(self.columns) > 5 else "")  # noqa: PLR2004
        many = f"{len(self.columns)} column{'s' * (len(self.columns) != 1)}"
        return f"<Transform of {many} to {self.fitted.output}: {shown}>"


def fit(
    data: Any,
    schema: Any,
    *,
    query: str | None = None,
    progress: Callable[[int], None] | None = None,
    golden: str = "cells",
) -> Transform:
    """Fit what a schema prepares.

    Parameters
    ----------
    data
        Anything that `read` takes.
    schema
        Anything that `load_schema` takes.
    query
        SQL, where `data` is a database URI.
    progress
        Called with the number of rows read so far, over all scans of a table that is scanned.
    golden
        Where the cells of the golden rows come from, which travel with every artefact: ``cells``
        of the table, drawn column by column so that no row is one of the table's; ``synthetic``
        has them invented.

    Returns
    -------
    Transform
        With its golden rows, which it has replayed itself, and its findings: rows that violate the
        schema among them.

    Raises
    ------
    DataError, SchemaError, SourceError
        For data or a schema that cannot be fitted, each saying what to do.
    """
    from datacheck.golden.choose import choose, real_rows
    from datacheck.proof import check_golden, proven
    from datacheck.schema import load_schema
    from datacheck.schema.opened import as_declared
    from datacheck.source import open_source
    from datacheck.transform.fit import fit_table
    from datacheck.transform.tables import open_table
    from datacheck.transform.targets import find_targets
    from datacheck.validation import violations

    check_golden(golden)
    declared = load_schema(schema)
    source = as_declared(open_source(data, query=query), declared)
    dtypes = source.frame.collect_schema()
    targets = find_targets(dtypes, declared, text=source.text)
    table = open_table(source, targets, progress)
    fitted = fit_table(table, targets, declared, source.name, list(dtypes))
    source.must_be_whole(table.height)
    seen = tuple(finding.to_dict() for finding in violations(source, declared))
    fitted = fitted._replace(findings=(*seen, *fitted.findings))
    names = [program.column for program in fitted.programs]
    sample = source.rows(names, real_rows(table.height)) if golden == "cells" else None
    return Transform(proven(fitted._replace(golden=choose(fitted, sample, source.frame))))


def load(path: str | Path | IO[bytes]) -> Transform:
    """Read a transform that `save` wrote, by this version or any that was released before it.

    Parameters
    ----------
    path
        A file's name, or a file that is open for reading bytes.

    Raises
    ------
    ArtefactError
        If the file is no transform, is broken or changed, or is of a later version.
    """
    from datacheck.transform.store import load_file

    return Transform(load_file(path))
