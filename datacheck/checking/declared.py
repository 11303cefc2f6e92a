"""What a declaration says of what a table shows: what is missing, how grave it is, what is meant.

Of categories that a schema does not know only what people do not see is bridged: case, blanks at
the ends and in rows, and the ways in which Unicode writes one letter. Two allowed categories that
differ by no more are bridged by none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import polars as pl

from datacheck.columns import col, is_text
from datacheck.findings.cells import Cells
from datacheck.findings.variants import skeleton
from datacheck.profiling.model import Profile
from datacheck.report import Finding, Severity, fixes
from datacheck.report.fix import Fix
from datacheck.schema import Column, Schema
from datacheck.schema.compile import Plan
from datacheck.schema.missing import missing_kinds
from datacheck.schema.reading import parsed, trimmed
from datacheck.table import Table, View
from datacheck.text import agree

#: A column, and the code of what is missing in it.
GapKey = tuple[str, str]

#: What a finding about the table says again of cells that a violation of the schema has named.
SAID_BY_SCHEMA = {
    "missing.null": ("schema.nullable",),
    "missing.nan": ("schema.nullable",),
    "missing.sentinel": ("schema.nullable",),
    "missing.text": ("schema.nullable",),
    # What cannot be read is not empty.
    "missing.all": ("schema.nullable", "schema.dtype"),
    "numeric.infinite": ("numeric.infinite",),
    "type.numeric_text": ("schema.dtype",),
    "type.mixed": ("schema.dtype",),
    # Which spelling is the right one, the declared list says.
    "text.variant": ("schema.isin",),
}

#: Checks that bound a value; pandera's names.
RANGES = (
    "in_range",
    "greater_than",
    "greater_than_or_equal_to",
    "less_than",
    "less_than_or_equal_to",
)

_FILLED = "The declared imputation fills what is missing."
_NULLABLE = "Declare an imputation, unless the model takes missing values."
_REFUSED = "Declare an imputation, such as impute: median; or nullable: false, to reject the rows."


class Declared:
    """A table, as `validation.judge.planned` reads it, seen through its declaration.

    Its `view` shows the cells as they are declared: text read as numbers, values that are declared
    missing as null. `changed` are the columns that the view changes, or leaves out.
    """

    def __init__(self, table: Table, plan: Plan, schema: Schema) -> None:
        self._dtypes = table.dtypes
        self.columns = schema.columns_for(self._dtypes)
        self._kinds = dict(self._missing_kinds())
        blank = {
            name: pl.when(~kinds["sentinel"]).then(col(name)).alias(name)
            for name, kinds in self._kinds.items()
            if "sentinel" in kinds
        }
        # Columns that the schema filters out reach no model: nothing is said of them.
        filtered = schema.table.strict == "filter" and self.columns
        kept = tuple(self.columns) if filtered else tuple(self._dtypes)
        steps = (tuple(blank.values()), *plan.reading) if blank else plan.reading
        self.view = View(steps, kept if steps or filtered else None)
        left_out = frozenset(self._dtypes) - frozenset(kept)
        self.changed = frozenset(blank) | plan.read | left_out

    def weighed(self, found: Iterable[Finding], gaps: Mapping[GapKey, Cells]) -> list[Finding]:
        """The findings at the gravity that the declaration gives them; those it answers left out.

        Missing cells of a declared column are told anew, from `gaps`, in the table as it stands:
        those that hold a declared value are told apart from null and NaN.
        """
        kept = [finding for finding in map(self.adjusted, found) if finding is not None]
        whole = {finding.column for finding in kept if finding.code == "missing.all"}
        told = [finding for finding in self._gaps(gaps) if finding.column not in whole]
        return [*told, *kept]

    def adjusted(self, finding: Finding) -> Finding | None:
        """One finding at its gravity; None where the declaration answers it."""
        if finding.code == "scale.spread":
            ends = (finding.evidence["widest"], finding.evidence["narrowest"])
            return None if all(self._scaled(name) for name in ends) else finding
        column = self.columns.get(finding.column) if finding.column is not None else None
        if column is None:
            return finding
        if finding.code in {"missing.null", "missing.nan"} or _is_meant(finding, column):
            return None
        answer = _answer(finding, column)
        if not answer:
            return finding
        return replace(finding, severity="info", remedy=f"The schema takes care of it: {answer}.")

    def _scaled(self, name: str) -> bool:
        column = self.columns.get(name)
        return column is not None and column.prepare is not None and column.prepare.scale != "none"

    def _missing_kinds(self) -> Iterator[tuple[str, dict[str, pl.Expr]]]:
        for name, column in self.columns.items():
            yield (
                name,
                missing_kinds(
                    name, self._dtypes[name], column.prepare, column.dtype or self._dtypes[name]
                ),
            )

    def gap_masks(self) -> dict[GapKey, tuple[str, pl.Expr]]:
        """By column and code: the column, and which cells of the source are missing."""
        masks = {}
        for name, kinds in self._kinds.items():
            masks[name, "missing.null"] = kinds["null"]
            if "nan" in kinds:
                masks[name, "missing.nan"] = kinds["nan"]
            declared = kinds.get("sentinel")
            if declared is None:
                continue
            number = self._dtypes[name].is_numeric()
            if is_text(self._dtypes[name]):
                prepare = self.columns[name].prepare
                spelt = None if prepare is None else prepare.numeral
                numeral = parsed(trimmed(col(name).cast(pl.String)), spelt).is_not_null()
                masks[name, "missing.sentinel"] = declared & numeral
                declared &= ~numeral
            masks[name, "missing.sentinel" if number else "missing.text"] = declared
        return {key: (key[0], mask) for key, mask in masks.items()}

    def _gaps(self, gaps: Mapping[GapKey, Cells]) -> Iterator[Finding]:
        """The missing cells of the declared columns."""
        for (name, code), seen in gaps.items():
            if seen.count:
                yield _gap(self.columns[name], name, code, seen)


def unreported(findings: Iterable[Finding], broken: Iterable[Finding]) -> list[Finding]:
    """The findings that no violation of the schema has said already."""
    said = {(found.column, found.code) for found in broken}
    ranges = [found for found in broken if found.code.removeprefix("schema.") in RANGES]
    return [
        finding
        for finding in findings
        if not any((finding.column, code) in said for code in SAID_BY_SCHEMA.get(finding.code, ()))
        and not (finding.code == "outlier.value" and any(_covers(r, finding) for r in ranges))
    ]


def _covers(broken: Finding, finding: Finding) -> bool:
    """Whether every cell that is listed of the finding breaks a declared range already."""
    return (
        broken.column == finding.column
        and broken.count >= finding.count
        and set(finding.rows) <= set(broken.rows)
    )


def _is_meant(finding: Finding, column: Column) -> bool:
    """Whether what was found is what is declared, or hurts nothing that is declared."""
    if finding.code in {"type.numeric_text", "type.mixed"}:
        return column.dtype is not None and is_text(column.dtype)
    if finding.code == "text.variant":  # which spelling is right is declared, not counted
        return any(check.name == "isin" for check in column.checks)
    if finding.code == "scale.constant":
        return any(check.name == "equal_to" for check in column.checks)
    if finding.code == "scale.degenerate":
        return column.prepare is None or column.prepare.scale != "robust"
    return False


def _answer(finding: Finding, column: Column) -> str:
    """What is declared for the column that mends what was found; empty where nothing is."""
    prepare = column.prepare
    if prepare is None:
        return ""
    code = finding.code
    if code == "numeric.infinite" and prepare.infinite != "error":
        return f"infinite: {prepare.infinite}"
    if code == "outlier.value" and prepare.outliers != "keep":
        return f"outliers: {prepare.outliers}"
    if code == "missing.all" and prepare.impute == "constant":
        return f"impute: constant, fill_value: {prepare.fill_value!r}"
    if code.startswith("numeric.float32_") and prepare.scale != "none":
        return f"scale: {prepare.scale}"
    return ""


def _gap(column: Column, name: str, code: str, seen: Cells) -> Finding:
    count, rows, values = seen.count, seen.rows, seen.values
    severity, remedy = _gap_severity(column)
    plain = {"missing.null": "null", "missing.nan": "NaN"}
    what = plain.get(code)
    if what is None:
        shown = (repr(value) if value == "" else str(value) for value in dict.fromkeys(values))
        what = f"declared missing ({', '.join(shown)})"
    return Finding(
        code=code,
        severity=severity,
        column=name,
        count=count,
        rows=rows,
        values=() if code in plain else values,
        message=f"{agree(count, 'cell', 'is', 'are')} {what}.",
        remedy=remedy,
    )


def _gap_severity(column: Column) -> tuple[Severity, str]:
    if column.prepare is not None and column.prepare.impute != "none":
        return "info", _FILLED
    if column.nullable:
        return "warning", _NULLABLE
    return "error", _REFUSED


def with_spellings(found: Iterable[Finding], schema: Schema, profile: Profile) -> list[Finding]:
    """The violations of a schema, those of spelling alone with the fix that maps them."""
    return [
        _mended(finding, schema, profile) if finding.code == "schema.isin" else finding
        for finding in found
    ]


def _mended(finding: Finding, schema: Schema, profile: Profile) -> Finding:
    column = profile.columns.get(str(finding.column))
    if column is None or column.texts is None or not column.texts.exact:
        return finding
    allowed = [
        category
        for each in schema.columns
        if each.matches(column.name)
        for check in each.checks
        if check.name == "isin"
        for category in check.arguments["allowed_values"]
        if isinstance(category, str)
    ]
    fix = _fix(column.name, allowed, column.texts.values)
    if fix is None:
        return finding
    return replace(finding, fix=fix, remedy=fix.sentence)


def _fix(name: str, allowed: list[str], texts: Iterable[str]) -> Fix | None:
    known = set(allowed)
    shared = Counter(map(skeleton, known))
    meant = {skeleton(category): category for category in allowed}
    mapped: dict[str, list[str]] = {}
    for text in texts:
        bones = skeleton(text)
        if text not in known and shared.get(bones) == 1:
            mapped.setdefault(meant[bones], []).append(text)
    return fixes.map_spellings(name, mapped) if mapped else None
