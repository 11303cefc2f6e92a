"""Applies fixes to a table, one after the other, and writes down every cell that changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from datacheck.columns import bare, col, cols, is_text
from datacheck.repairing.steps import ORDER, Declined, Step, step_of
from datacheck.report import Finding
from datacheck.report.fix import REFERENCE, Fix
from datacheck.source import open_source
from datacheck.source.cells import text_of
from datacheck.source.collecting import collect, collect_few, few_rows
from datacheck.source.values import python_values
from datacheck.text import agree, shown_name, some
from datacheck.validation.aside import in_source

if TYPE_CHECKING:
    from datacheck.source.types import TableLike

_ROW = "\0datacheck row"
#: What the log tells of each changed cell. A row of None means the column as a whole.
LOG = {
    "row": pl.Int64,
    "column": pl.String,
    "before": pl.String,
    "after": pl.String,
    "finding": pl.String,
    "fix": pl.String,
}
#: So many different texts are looked up; more are read cell by cell.
_TEXTS = 200_000
UNSAFE = (
    "unsafe: a cell may lose its value, or a guess may be wrong; unsafe=True (--unsafe) applies it"
)


REQUIRED = "the schema requires it (required: false lets it go); unsafe=True (--unsafe) drops it"


@dataclass(frozen=True)
class Repaired:
    """A table with its fixes applied.

    Parameters
    ----------
    frame
        The table, lazily; its rows in order, but for those that were dropped.
    log
        A line for each changed cell: the row (counted from 0 in the table as it came), the column,
        what stood there before and what stands there after, as text; the finding's code, and the
        kind of fix. A line without a row tells of a column's dtype: before, and after, which is
        None of a column that was dropped.
    applied
        The findings whose fixes were applied.
    declined
        Those whose fixes were not, each with the reason.
    rows
        The positions of the rows that are left, in one column; None where none was dropped.
    """

    frame: pl.LazyFrame
    log: pl.DataFrame
    applied: tuple[Finding, ...]
    declined: tuple[tuple[Finding, str], ...]
    rows: pl.LazyFrame | None = None


def apply_fixes(
    frame: pl.LazyFrame,
    findings: Iterable[Finding],
    *,
    name: str,
    unsafe: bool = False,
    reference: TableLike | None = None,
    required: Collection[str] = (),
) -> Repaired:
    """Apply the fixes of findings to the table that they were found in.

    Findings without a fix, and those that are accepted, are passed over; fixes that are not safe
    are applied if `unsafe`, as is dropping a required column. Rows that are in the reference too
    can be dropped by it alone. Raises `SourceError` where the table cannot be read.
    """
    work = _Work(frame, name, reference)
    applied, declined = [], []
    for fix, finding in _in_order(findings):
        kept = fix.kind == "drop_column" and fix.column in required
        if not unsafe and (kept or not fix.safe):
            declined.append((finding, REQUIRED if kept else UNSAFE))
            continue
        try:
            work.apply(fix, finding.code)
        except Declined as reason:
            declined.append((finding, str(reason)))
        else:
            applied.append(finding)
    mended = work.settled()
    frame = mended.select(pl.exclude(_ROW))
    rows = mended.select(_ROW) if work.dropped else None
    return Repaired(frame, work.log(), tuple(applied), tuple(declined), rows)


def _in_order(findings: Iterable[Finding]) -> list[tuple[Fix, Finding]]:
    """Each fix once, columns read before their cells are reckoned with."""
    found: list[tuple[Fix, Finding]] = []
    known: dict[tuple[str, str | None], list[Fix]] = {}
    for finding in findings:
        if finding.fix is not None and finding.accepted is None:
            alike = known.setdefault((finding.fix.kind, finding.fix.column), [])
            if finding.fix in alike:
                continue
            alike.append(finding.fix)
            found.append((finding.fix, finding))
    return sorted(found, key=lambda pair: ORDER.index(pair[0].kind))


def _numbered(frame: pl.LazyFrame) -> pl.LazyFrame:
    return frame.with_row_index(_ROW).with_columns(pl.col(_ROW).cast(pl.Int64))


class _Work:
    """A table under repair: a step is asked of its own column, for whole queries cost too much."""

    def __init__(self, frame: pl.LazyFrame, name: str, reference: TableLike | None) -> None:
        self._given, self._name, self._reference = frame, name, reference
        self._dtypes = dict(frame.collect_schema())
        self._held = self._few()
        self._steps: dict[str, list[pl.Expr]] = {}
        #: Rows were dropped of it.
        self._whole: pl.LazyFrame | None = None
        self._lines: list[pl.DataFrame] = []

    @property
    def dropped(self) -> bool:
        """Whether rows were dropped."""
        return self._whole is not None

    def settled(self) -> pl.LazyFrame:
        """The table with its numbers of rows, and all that was done to it."""
        given = self._given if self._held is None else self._held.lazy()
        frame = _numbered(given) if self._whole is None else self._whole
        for level in range(max(map(len, self._steps.values()), default=0)):
            frame = frame.with_columns(
                steps[level].alias(name)
                for name, steps in self._steps.items()
                if level < len(steps)
            )
        frame = frame.select(cols([_ROW, *self._dtypes]))
        return frame if self._held is None else self._collect(frame).lazy()

    def _few(self) -> pl.DataFrame | None:
        """The table, if it is so small that a query costs what its plan does."""
        rows = few_rows(len(self._dtypes))
        head = collect_few(self._given.head(rows + 1), self._name)
        return head if head.height <= rows else None

    def _collect(self, frame: pl.LazyFrame) -> pl.DataFrame:
        return (collect if self._held is None else collect_few)(frame, self._name)

    def _column(self, name: str) -> pl.LazyFrame:
        """The column as it is now, with the numbers of its rows."""
        if self._whole is None:
            given = self._given if self._held is None else pl.DataFrame(self._held[name]).lazy()
            frame = _numbered(given.select(col(name)))
        else:
            frame = self._whole.select(_ROW, col(name))
        for step in self._steps.get(name, ()):
            frame = frame.with_columns(step.alias(name))
        return frame

    def log(self) -> pl.DataFrame:
        lines = pl.concat([pl.DataFrame(schema=LOG), *self._lines])
        return lines.sort("row", nulls_last=False, maintain_order=True)

    def apply(self, fix: Fix, code: str) -> None:
        if fix.kind == "drop_rows":
            self._drop_rows(fix, code)
            return
        name = str(fix.column)
        dtype = self._dtypes.get(name)
        if dtype is None:
            raise Declined("the table has no such column any more")
        if not is_text(dtype) or dtype == pl.String:
            self._mend(fix, code, dtype, dtype)
            return
        # Categories are mended as the texts that they are.
        steps = self._steps.setdefault(name, [])
        came = len(steps)
        steps.append(col(name).cast(pl.String))
        self._dtypes[name] = pl.String()
        try:
            self._mend(fix, code, pl.String(), dtype)
        except Declined:
            del steps[came:]
            self._dtypes[name] = dtype
            raise
        if len(steps) == came + 1 and name in self._dtypes:  # nothing was mended
            steps.pop()
            self._dtypes[name] = dtype
        elif self._dtypes.get(name) == pl.String:
            self._dtypes[name] = self._categories(name, dtype)
            steps.append(col(name).cast(self._dtypes[name]))

    def _categories(self, name: str, dtype: pl.DataType) -> pl.DataType:
        """The type of a column of categories, with those that it has only since it was mended."""
        if not isinstance(dtype, pl.Enum):
            return dtype
        found = self._column(name).select(col(name).drop_nulls().unique().sort())
        known = dtype.categories.to_list()
        texts = self._collect(found)[name]
        return pl.Enum([*known, *(text for text in texts if text not in known)])

    def _mend(self, fix: Fix, code: str, dtype: pl.DataType, came: pl.DataType) -> None:
        """Take one step with a column that now is of `dtype`, and came as another."""
        name, step = str(fix.column), step_of(fix, dtype)
        if step is None:
            return
        frame = self._column(name)
        at_once = self._held is not None and self._whole is None
        if at_once:
            step, frame = self._at_once(step, frame)
        elif dtype == pl.String and step.value is not None:
            step = self._text_by_text(step, name)
        self._must_keep(step, frame)
        if step.value is None:
            if len(self._dtypes) == 1:
                raise Declined("it is the table's only column")
            self._write(frame.filter(step.changed), fix, code)
            self._note(fix, code, str(came), None)
            del self._dtypes[name]
            return
        after = self._narrowed(step.value, name, frame)
        self._write(frame.filter(step.changed), fix, code, after)
        if at_once:
            after = pl.lit(self._collect(frame.select(after.alias(name)))[name])
        self._steps.setdefault(name, []).append(after)
        now = self._dtypes[name] = self._column(name).collect_schema()[name]
        if now != dtype:
            self._note(fix, code, str(came), str(now))

    def _at_once(self, step: Step, frame: pl.LazyFrame) -> tuple[Step, pl.LazyFrame]:
        """The same step, decided in one query, and the column beside what was decided."""
        asked = {what: each for what, each in step._asdict().items() if each is not None}
        named = [each.alias(_ROW + what) for what, each in asked.items()]
        decided = self._collect(frame.with_columns(named)).lazy()
        return step._replace(**{what: pl.col(_ROW + what) for what in asked}), decided

    def _text_by_text(self, step: Step, name: str) -> Step:
        """The same step, decided once for each different text instead of once a cell."""
        cell = col(name)
        texts = self._collect(self._column(name).select(cell.drop_nulls().unique()))
        if texts.height > _TEXTS or step.value is None:
            return step
        asked = {what: each for what, each in step._asdict().items() if each is not None}
        decided = self._collect(texts.lazy().select(text=cell, **asked))
        changed, lost = (
            cell.is_in(decided["text"].filter(decided[key].fill_null(value=False)).to_list())
            if key in decided.columns
            else None
            for key in ("changed", "lost")
        )
        value = cell.replace_strict(
            decided["text"], decided["value"], default=None, return_dtype=decided["value"].dtype
        )
        return Step(value, step.changed if changed is None else changed, lost)

    def _must_keep(self, step: Step, frame: pl.LazyFrame) -> None:
        if step.lost is None:
            return
        lost = self._ask(step.lost.fill_null(value=False).sum(), frame)
        if lost:
            raise Declined(f"{agree(lost, 'cell', 'does', 'do')} not read so")

    def _narrowed(self, value: pl.Expr, name: str, frame: pl.LazyFrame) -> pl.Expr:
        """Whole numbers that were mended stay whole numbers where they are."""
        before, now = self._dtypes[name], frame.select(value.alias(name)).collect_schema()[name]
        if not (before.is_integer() and now.is_numeric()):
            return value
        whole = self._ask((value.alias(name).cast(pl.Float64) % 1 == 0).all(), frame)
        return value.cast(before) if whole else value

    def _ask(self, question: pl.Expr, frame: pl.LazyFrame) -> int:
        return int(self._collect(frame.select(question)).item() or 0)

    def _drop_rows(self, fix: Fix, code: str) -> None:
        names = fix.arguments["columns"] or list(self._dtypes)
        differ = fix.arguments.get("differ", [])
        absent = [name for name in (*names, *differ) if name not in self._dtypes]
        if absent:
            raise Declined("the table has no such column any more")
        if fix.arguments.get("of") == REFERENCE:
            first = self._unshared(names)
        else:
            first = self._first(names, differ)
        flagged = self.settled().with_columns(first.alias(_ROW + " first"))
        again = collect(flagged.filter(~pl.col(_ROW + " first")), self._name).lazy()
        for name in self._dtypes:
            gone = again.select(_ROW, col(name)).filter(col(name).is_not_null())
            self._write(gone, fix, code, column=name)
        self._whole = flagged.filter(pl.col(_ROW + " first")).drop(_ROW + " first")
        self._steps.clear()

    def _unshared(self, names: Sequence[str]) -> pl.Expr:
        """Which rows are not in the reference, as both came: cells may be mended by now."""
        if self._reference is None:
            raise Declined("it needs the reference: reference=..., or --reference")
        source = open_source(self._reference)
        there = source.frame.collect_schema()
        if absent := [name for name in names if name not in there]:
            raise Declined(f"the reference has no column {some(absent, 3, shown=shown_name)}")
        came = _numbered(self._given)
        told = in_source(names, source, came.collect_schema())
        shared = collect(came.filter(told).select(_ROW), self._name)
        kept = ~pl.col(_ROW).is_in(shared[_ROW].to_list())
        if not self._ask(kept.any(), self.settled()):
            raise Declined("no row would be left: each is in the reference")
        return kept

    def _first(self, names: Sequence[str], differ: Sequence[str]) -> pl.Expr:
        """Which rows are the first of their like, or have no like with another target."""
        row = self._row(names)
        if not differ:
            return row.is_first_distinct()
        # A row without a target is in no conflict.
        other = self._row(differ)
        known = pl.any_horizontal(cell.is_not_null() for cell in self._cells(differ))
        apart = pl.when(known).then(other).drop_nulls().n_unique().over(row) > 1
        alike = pl.struct(row.alias("row"), known.alias("known"))
        return ~(known & apart) | alike.is_first_distinct()

    def _row(self, names: Sequence[str]) -> pl.Expr:
        return pl.struct(self._cells(names))

    def _cells(self, names: Sequence[str]) -> list[pl.Expr]:
        """NaN and null are one, as they are where rows are found to repeat."""
        return [
            col(name).fill_nan(None) if self._dtypes[name].is_float() else col(name)
            for name in names
        ]

    def _write(
        self,
        changed: pl.LazyFrame,
        fix: Fix,
        code: str,
        after: pl.Expr | None = None,
        *,
        column: str | None = None,
    ) -> None:
        name = str(fix.column) if column is None else column
        now = pl.lit(None, dtype=pl.String) if after is None else _shown(changed, after, name)
        lines = changed.select(
            pl.col(_ROW).alias("row"),
            pl.lit(name).alias("column"),
            _shown(changed, col(name), name).alias("before"),
            now.alias("after"),
            pl.lit(code).alias("finding"),
            pl.lit(fix.kind).alias("fix"),
        )
        self._lines.append(self._collect(lines))

    def _note(self, fix: Fix, code: str, before: str, after: str | None) -> None:
        line = (None, fix.column, before, after, code, fix.kind)
        self._lines.append(pl.DataFrame([line], schema=LOG, orient="row"))


def _shown(frame: pl.LazyFrame, cell: pl.Expr, name: str) -> pl.Expr:
    """Cells as text."""
    dtype = frame.select(cell.alias(name)).collect_schema()[name]
    if dtype.is_nested() or dtype in (pl.Object, pl.Binary, pl.Duration):
        return cell.map_batches(_as_text, return_dtype=pl.String)
    return cell.cast(pl.String)


def _as_text(cells: pl.Series) -> pl.Series:
    """What polars itself does not write: each cell as Python does, or by its class if it cannot."""
    texts = [None if cell is None else text_of(cell) for cell in python_values(bare(cells))]
    return pl.Series(texts, dtype=pl.String)


def lines(log: pl.DataFrame) -> Iterator[str]:
    """The log in a line a column: what was done there, to how many cells; dropped rows in one."""
    dropped: dict[object, set[int]] = {}
    for (column, code, kind), told in log.group_by("column", "finding", "fix", maintain_order=True):
        cells = told.filter(pl.col("row").is_not_null())
        if kind == "drop_rows":
            dropped.setdefault(code, set()).update(cells["row"])
        elif kind == "drop_column":
            yield f"{column}: the column is dropped ({code})"
        elif cells.is_empty():
            before, after = told["before"][0], told["after"][-1]
            yield f"{column}: its type is {after}, was {before} ({kind}, {code})"
        else:
            yield f"{column}: {agree(cells.height, 'cell', 'is', 'are')} mended ({kind}, {code})"
    for code, rows in dropped.items():
        yield f"{agree(len(rows), 'row', 'is', 'are')} dropped ({code})"
