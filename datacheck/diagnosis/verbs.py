"""`diagnose`, as users call it: from a model and a table to a report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datacheck.diagnosis import prepared
from datacheck.diagnosis.engine import findings_of
from datacheck.diagnosis.feed import feed
from datacheck.diagnosis.loss import labels_of, loss_findings
from datacheck.diagnosis.opening import open_model
from datacheck.files import companions
from datacheck.ops import origins
from datacheck.report import Finding, Report
from datacheck.report.redacted import called_by_category
from datacheck.source import open_source
from datacheck.source.held import OpenedState, stamps_of

if TYPE_CHECKING:
    from datacheck.fitted.transform import Transform


def diagnose(  # noqa: PLR0913 - each is a word of its own
    model: Any,
    data: Any,
    transform: Transform | str | Path | None = None,
    *,
    reference: Any = None,
    loss: Any = None,
    target: Any = None,
    inputs: Sequence[str] | None = None,
    query: str | None = None,
    trust: bool = False,
) -> Report:
    """Find out which row, which column and which step makes a model predict NaN.

    Parameters
    ----------
    model
        A path (``.onnx``, a TensorFlow.js ``model.json``, ``.skops``, xgboost's own), an ONNX model
        or session, a fitted estimator, or any callable from a matrix [n, k] to an array with n
        rows.
    data
        Anything that `read` takes, or the arrays that the model takes.
    transform
        The fitted transform before the model, or its path. Rows and columns are then those of the
        raw table.
    reference
        Rows that are known to be good, such as training data, for the typical value of a column.
    loss
        What the model is trained by, with `target`: a function of the answer and the labels, of the
        model's own tensors for PyTorch, of arrays for a callable or ONNX; a loss of Keras; or a
        name (``mse``, ``binary_crossentropy``, ...). Labels are then looked at as well, and where
        the framework differentiates, the gradients of the weights.
    target
        A column that the model is not fed, or several; with `loss`, the labels: an array will do.
    inputs
        The columns in the model's order; all that hold numbers if None.
    query
        SQL, where `data` is a database's address.
    trust
        Whether a model's file may run code while it loads.

    Returns
    -------
    Report
        With one ``nan.*`` finding for each cause, the costliest first. `evidence` has the cause,
        the step, its operation, layer and line, what it was given, and the columns.

    Raises
    ------
    ArtefactError
        If the model cannot be opened.
    DataError
        If the data do not fit the model.
    SourceError
        If the data cannot be read, or the model's files changed while it was diagnosed.
    """
    state = _state_of(model)
    opened = open_model(model, trust=trust)
    if query is not None:
        data = open_source(data, query=query)
    findings, known = list[Finding](), None
    if transform is None:
        fed = feed(data, opened, inputs, target)
        if reference is not None:
            known = feed(reference, opened, inputs or fed.columns, target).cast()
    else:
        fitted = prepared.loaded(transform)
        fed, known, findings = prepared.feeds(opened, data, fitted, reference, target, inputs)
    findings += findings_of(opened, fed, known, trains=loss is not None)
    if loss is not None:
        raw: Any = fed.frame  # a table, where there is a transform
        cells = raw if transform is None else fitted.apply(raw)
        labels = labels_of(target, cells, fed.name, len(fed.matrix))
        findings += loss_findings(opened, fed, known, loss, labels)
    if transform is not None and not findings:
        findings = prepared.fed_raw(opened, fed)
    if transform is not None:
        findings = called_by_category(findings, origins(fitted.fitted.programs))
    state.must_be_unchanged()
    return Report(findings, name=fed.name, rows=len(fed.matrix), columns=len(fed.columns))


def _state_of(model: Any) -> OpenedState:
    """The files of a model as they are now: all that lies in its folder, or beside its file."""
    path = Path(model) if isinstance(model, str | Path) else None
    files = [path, *path.rglob("*"), *companions(path)] if path else []
    return OpenedState(stamps_of([str(file) for file in files if file.is_file()]))
