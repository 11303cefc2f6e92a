"""From a cause to the finding that people read."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from datacheck.diagnosis.causes import Cause
from datacheck.diagnosis.feed import Feed
from datacheck.diagnosis.tables import sentence
from datacheck.report import LISTED, Finding, Severity
from datacheck.text import plural

SHOWN_COLUMNS = 6
#: More columns than these are not looked through for a sentence.
WIDEST = 4096


def finding_of(cause: Cause, feed: Feed, bad: int, answers: dict[int, str]) -> Finding:
    """A cause as a finding; `bad` rows predict no number in all, `answers` are in words."""
    names = [feed.columns[at] for at in cause.columns]
    words = _words(cause, names, feed)
    says, remedy = sentence(cause.cause, words)
    single = names[0] if len(names) == 1 else None
    listed = cause.rows[:LISTED]
    values = tuple(feed.cell(row, single) for row in listed) if single is not None else ()
    rows = tuple(map(feed.place, listed))
    return Finding(
        code=cause.code,
        severity=_SEVERITIES.get(cause.cause, "error"),
        column=single,
        count=len(cause.rows),
        rows=rows,
        values=values,
        evidence=_evidence(cause, names),
        message=_message(cause, says + _too_small(cause, feed), names, bad, answers, rows[0]),
        remedy=remedy,
    )


def unseen_of(layers: dict[str, str]) -> Finding:
    """That nothing was seen inside of layers, by their names and classes."""
    named = [f"`{name}` ({kind})" for name, kind in layers.items()]
    return Finding(
        code="scope.unchecked",
        severity="info",
        column=None,
        count=len(layers),
        rows=(),
        values=(),
        evidence={"layers": list(layers)},
        message=f"Of what happens inside {', '.join(named[:SHOWN_COLUMNS])} no step was seen: an "
        "infinity that is made and read there, or a NaN that is lost there, is not told.",
        remedy="Diagnose the model on Keras' torch backend, or as ONNX, where every step shows.",
    )


def _message(
    cause: Cause, says: str, names: list[str], bad: int, answers: dict[int, str], first: int
) -> str:
    many = plural(len(cause.rows), "row")
    answer = answers.get(cause.rows[0], "NaN")
    verb = "predicts" if len(cause.rows) == 1 else "predict"
    if cause.code == "nan.hidden":
        share = f"{many} {verb} a number ({answer} in row {first}) that is wrong"
    else:
        share = f"{many} of {bad:,} that are not finite" if bad > len(cause.rows) else many
        raised = cause.evidence.get("raises")
        outcome = f"is refused ({raised})" if raised else f"predicts {answer}"
        share = f"{share}: row {first} {outcome}"
    share = _SHARES.get(cause.evidence.get("stage", cause.cause), share).format(
        many=many, row=first, answer=answer, gradient=cause.evidence.get("gradient", "")
    )
    through = ""
    if cause.evidence.get("reached"):
        through = f"; it reaches {cause.evidence['reached']} ({cause.evidence['reached_by']})"
    turned = cause.evidence.get("turned_to_nan")
    if turned:
        through = f"; the infinity becomes NaN in {turned}"
    if cause.evidence.get("lost_in"):
        through = f"; it is lost in {cause.evidence['lost_in']} ({cause.evidence['lost_by']})"
    behind = ""
    if names and cause.code != "nan.input" and cause.cause not in _NAMED:
        behind = f", because of {_listed(names)}"
    return f"{share}: {says}{behind}{through}."


def _too_small(cause: Cause, feed: Feed) -> str:
    """That the one cell behind a row is 0 for the model, where it is none in the table."""
    if len(cause.columns) != 1 or not feed.matrix[cause.rows[0], cause.columns[0]]:
        return ""
    fed, dtype = feed.matrix[cause.rows[0], cause.columns[0]], _dtype(feed)
    least = float(np.finfo(dtype).smallest_subnormal) / 2
    return f" ({fed:g} is 0 in {dtype})" if abs(fed) <= least else ""


#: Causes whose sentence names the columns itself.
_NAMED = {
    "maybe_lost",
    "unknown",
    "maybe_unknown",
    "unheld",
    "scaled_beyond_type",
    "missing",
    "infinite",
    "unreadable",
    "beyond_type",
    "raw",
    "lost",
}

#: Causes of answers that may be meant.
_SEVERITIES: dict[str, Severity] = {
    "mixes": "warning",
    "draws": "warning",
    "unknown": "warning",
    "maybe_unknown": "info",
    "maybe_lost": "warning",
}

#: What rows do where no answer is bad: to a training, by the pass that they fail in, and raw.
_SHARES = {
    "raw": "{many}",
    "maybe_lost": "{many} with a number ({answer} in row {row})",
    "unknown": "{many} with a number ({answer} in row {row})",
    "maybe_unknown": "{many} with a number ({answer} in row {row})",
    "mixes": "{many} with a number ({answer} in row {row}) that hangs on the rows beside it",
    "draws": "{many} with a number ({answer} in row {row}) that is another one when asked again",
    "label": "{many}, of which nothing is learned",
    "loss": "{many} with a loss that is not finite, though row {row} predicts {answer}",
    "backward": "{many} with a gradient of {gradient} that is not finite, though row {row} "
    "predicts {answer}",
}


def _words(cause: Cause, names: list[str], feed: Feed) -> dict[str, str]:
    given, origin = cause.given, cause.origin
    step = origin.step if origin is not None else None
    listed = _listed(names) if names else "the inputs"
    row = feed.place(cause.rows[0])
    words = {
        "step": "the model" if step is None else step.shown,
        "columns": listed,
        "columns_or_inputs": listed,
        "where": f"{listed} of row {row}",
        "dtype": (origin.dtype if origin is not None and origin.dtype else _dtype(feed)),
        "weight": origin.name if origin is not None else "",
        "value": number(origin.value) if origin is not None else "",
        "backend": str(cause.evidence.get("runtime", "")),
        "source": ", ".join(map(str, cause.evidence.get("source_rows", ())[:3])),
        "constant": _constant(feed),
        "channel": f" in channel {given['channel']}" if "channel" in given else "",
    }
    words |= {key: str(cause.evidence.get(key, "")) for key in ("cell", "type", "fed")}
    for key in ("a", "b", "largest", "variance"):
        words[key] = number(given[key]) if key in given else "a value"
    return words


def _constant(feed: Feed) -> str:
    """The columns of a table that are one number throughout, in words."""
    matrix = feed.matrix[:, :WIDEST]
    same = (matrix == matrix[:1]).all(axis=0) & (len(matrix) > 1)
    names = [feed.columns[at] for at in np.flatnonzero(same)]
    return f" (as that of {_listed(names)}, if it was learned here)" if names else ""


def _dtype(feed: Feed) -> str:
    kinds = [str(given.dtype) for given in feed.inputs if given.dtype.kind == "f"]
    return kinds[0] if kinds else "float64"


def number(value: float) -> str:
    """A number in few digits.

    >>> number(-0.3), number(65504.0), number(1e39), number(0.0)
    ('-0.3', '65504', '1e+39', '0')
    """
    if not math.isfinite(value):
        return str(value)
    return f"{value:.6g}"


def _listed(names: list[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:SHOWN_COLUMNS])
    more = len(names) - SHOWN_COLUMNS
    return f"{shown} and {more} more" if more > 0 else shown


def _evidence(cause: Cause, names: list[str]) -> dict[str, Any]:
    """Cause, step, operation, layer, line, operands, columns and how they were found."""
    out: dict[str, Any] = {"cause": cause.cause, "columns": names, "columns_found_by": cause.how}
    step = cause.origin.step if cause.origin is not None else None
    if step is not None:
        out |= {"step": step.name, "operation": step.op, "layer": step.layer, "at": step.at}
        out |= {"line": step.line} if step.line else {}
    if cause.origin is not None and cause.origin.name:
        out["weight"] = cause.origin.name
    kept = {
        key: cause.given[key]
        for key in ("a", "b", "largest", "variance", "channel")
        if key in cause.given
    }
    if kept:
        out["operands"] = kept
    return out | cause.evidence
