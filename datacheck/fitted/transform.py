"""The fitted transform as users hold it: the verbs over what `transform` fits and `export` writes.

Importing this loads no dataframe library, and not `typing`: what only checkers read stands under
``TYPE_CHECKING``. A service that loads a transform and applies one row stays as small as that.
"""

from __future__ import annotations

from datacheck.fitted.artefact import Artefact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from typing import IO, Any, Literal, Unpack, overload

    import polars as pl
    from numpy.typing import DTypeLike, NDArray

    from datacheck.errors import DataError
    from datacheck.export.options import JavaScriptOptions, OnnxOptions, SklearnOptions, SqlOptions
    from datacheck.ops import Fitted, Program
    from datacheck.report import Report
    from datacheck.source import Source
    from datacheck.source.types import Address, Frame, TableLike

    Progress = Callable[[int], None] | None


class Transform(Artefact):
    """A fitted preparation, made by `fit` and `load`: plain numbers, and the ways to run them.

    Attributes
    ----------
    fitted : Fitted
        The column programs as frozen data.
    """

    def __init__(self, fitted: Fitted) -> None:
        from datacheck.transform.row import row_function

        super().__init__(fitted)
        self._row = row_function(fitted)
        self._rows: dict[tuple[str, ...], Callable[[Mapping[str, Any]], dict[str, Any]]] = {}

    if TYPE_CHECKING:

        @overload
        def apply(
            self,
            data: Frame,
            columns: Sequence[str] | None = None,
            *,
            query: None = None,
            progress: Progress = None,
        ) -> Frame: ...
        @overload
        def apply(
            self,
            data: Address,
            columns: Sequence[str] | None = None,
            *,
            query: str | None = None,
            progress: Progress = None,
        ) -> pl.LazyFrame: ...
        @overload
        def apply(
            self,
            data: TableLike,
            columns: Sequence[str] | None = None,
            *,
            query: str | None = None,
            progress: Progress = None,
        ) -> Any: ...

    def apply(
        self,
        data: TableLike,
        columns: Sequence[str] | None = None,
        *,
        query: str | None = None,
        progress: Progress = None,
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
        query
            SQL, where `data` is a database's address.
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
        from datacheck.transform.apply import apply_eager, apply_to
        from datacheck.transform.parts import chosen

        if isinstance(data, pl.DataFrame) and pl.Object not in data.dtypes and query is None:
            return apply_eager(data, self.fitted, progress=progress, columns=columns)
        alone = columns is not None
        programs = chosen(self.fitted, columns)
        source = self._narrowed(data, query, programs, asked=alone, passing=not alone)
        prepared = apply_to(source, self.fitted, progress=progress, columns=columns)
        return give_back(prepared, source, alone=alone)

    def matrix(
        self, data: TableLike, dtype: DTypeLike | None = None, *, query: str | None = None
    ) -> NDArray[Any]:
        """The features of a table as one array, for training and for asking.

        Parameters
        ----------
        data
            Anything that `read` takes. It may hold other columns, and lack the target.
        dtype
            Of the array; by default that of the transform's output.
        query
            SQL, where `data` is a database's address.

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
        from datacheck.ops import of_features
        from datacheck.transform.vector import matrix_of

        source = self._narrowed(data, query, of_features(self.fitted.programs), asked=False)
        return matrix_of(source, self.fitted, dtype)

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

    if TYPE_CHECKING:

        @overload
        def inverse(self, data: Frame, columns: Sequence[str] | str | None = None) -> Frame: ...
        @overload
        def inverse(
            self, data: NDArray[Any], columns: Sequence[str] | str | None = None
        ) -> NDArray[Any]: ...
        @overload
        def inverse(
            self,
            data: Address,
            columns: Sequence[str] | str | None = None,
            *,
            query: str | None = None,
        ) -> pl.LazyFrame: ...
        @overload
        def inverse(
            self, data: Any, columns: Sequence[str] | str | None = None, *, query: str | None = None
        ) -> Any: ...

    def inverse(
        self,
        data: Any,
        columns: Sequence[str] | str | None = None,
        *,
        query: str | None = None,
    ) -> Any:
        """Undo scaling, powers and ordinal codes; what was clipped, filled or one-hot stays so.

        Parameters
        ----------
        data
            Any part of the prepared columns: a table of any kind that `read` takes, a row as a
            mapping, a series or an array. Other columns stay.
        columns
            Which columns to bring back, where not all that are there; of an array, what its
            columns are (by default the features), one name for an array of one dimension.
        query
            SQL, where `data` is a database's address.

        Returns
        -------
        The same kind as came in.

        Raises
        ------
        DataError
            For columns that were not fitted, or that are not there.
        """
        from datacheck.transform.inverse import inverse

        if query is not None:
            from datacheck.source import open_source

            data = open_source(data, query=query)
        return inverse(data, self.fitted, columns)

    def refusal(self, data: TableLike, *, query: str | None = None) -> DataError | None:
        """Why `apply` refuses a table: the error that names the column and its first rows.

        Parameters
        ----------
        data
            As for `apply`. A lazy frame or a file is read once, to find the rows.
        query
            SQL, where `data` is a database's address.

        Returns
        -------
        DataError, or None where nothing is refused once scaled.
        """
        from datacheck.transform.apply import find_refused

        source = self._opened(data, query)
        found = find_refused(source.frame, self.fitted, text=source.text)
        source.must_be_whole()
        return found

    if TYPE_CHECKING:

        @overload
        def export(
            self,
            target: Literal["onnx"],
            path: str | Path,
            *,
            force: bool = False,
            **options: Unpack[OnnxOptions],
        ) -> None: ...
        @overload
        def export(
            self,
            target: Literal["javascript"],
            path: str | Path,
            *,
            force: bool = False,
            **options: Unpack[JavaScriptOptions],
        ) -> None: ...
        @overload
        def export(
            self,
            target: Literal["sql"],
            path: str | Path,
            *,
            force: bool = False,
            **options: Unpack[SqlOptions],
        ) -> None: ...
        @overload
        def export(
            self,
            target: Literal["sklearn"],
            path: str | Path,
            *,
            force: bool = False,
            **options: Unpack[SklearnOptions],
        ) -> None: ...

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

    def diff(
        self,
        other: Transform,
        data: TableLike,
        *,
        query: str | None = None,
        above: float = 0.05,
    ) -> Report:
        """What moves when `other` takes this transform's place.

        Parameters
        ----------
        data
            The rows to compare on.
        query
            SQL, where `data` is a database's address.
        above
            In units of the output: a column of which 5% of the rows move by more is an error.

        Returns
        -------
        Report
            With one ``diff.*`` finding for each column that changed.
        """
        from datacheck.errors import ArtefactError
        from datacheck.source import open_source
        from datacheck.transform.diff import diff_transforms

        if not isinstance(other, Transform):
            raise ArtefactError(
                "this is no transform to compare with",
                got=f"a {type(other).__name__}",
                expected="a fitted transform",
                todo="load it: dc.load(path)",
            )
        return diff_transforms(
            self.fitted, other.fitted, open_source(data, query=query), above=above
        )

    def _narrowed(
        self, data: TableLike, query: str | None, programs: Sequence[Program], **how: bool
    ) -> Source:
        """The data with the fitted columns alone; an error for absent ones knows all names."""
        from datacheck.transform.parts import present

        source = self._opened(data, query)
        present(programs, source.frame.collect_schema(), self.fitted, "The data", **how)
        return source.narrowed(self.columns)

    def _opened(self, data: TableLike, query: str | None) -> Source:
        """The data as a source, its columns read as those that were fitted."""
        import polars as pl

        from datacheck.ops import numeral_of
        from datacheck.source import open_source
        from datacheck.transform.decode import dtype_of

        source, programs = open_source(data, query=query), self.fitted.programs
        dtypes = {program.column: dtype_of(program) for program in programs}
        if source.text:
            spelt = (each.column for each in programs if numeral_of(each) is not None)
            dtypes |= dict.fromkeys(spelt, pl.String())
        return source.as_declared(dtypes)


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
