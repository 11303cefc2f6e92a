"""What a fitted transform knows of itself, and how it travels: as a document, never as code."""

from __future__ import annotations

from io import BytesIO

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import IO, Any, Self

    from datacheck.ops import Fitted


class Artefact:
    """A fitted preparation as data.

    Attributes
    ----------
    fitted : Fitted
        The column programs as frozen data.
    """

    def __init__(self, fitted: Fitted) -> None:
        self.fitted = fitted

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

    def json_schema(self, title: str = "Row") -> dict[str, Any]:
        """JSON Schema of one input row, for the documentation of a service."""
        from datacheck.transform.request import json_schema

        return json_schema(self.fitted, title)

    def pydantic_model(self, name: str = "Row") -> Any:
        """A pydantic model of one input row: ``model_dump(by_alias=True)`` is for `apply_row`."""
        from datacheck.transform.request import pydantic_model

        return pydantic_model(self.fitted, name)

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

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what `to_bytes` gave.

        Raises
        ------
        ArtefactError
            As `load` says.
        """
        from datacheck.transform.store import load_file

        return cls(load_file(BytesIO(data)))

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel as the artefact: pickle and copy carry a document, never code."""
        from datacheck.transform.store import dumps

        return type(self).from_bytes, (dumps(self.fitted, indent=None),)

    def __eq__(self, other: object) -> bool:
        from datacheck.transform.store import content

        return isinstance(other, Artefact) and content(self.fitted) == content(other.fitted)

    def __hash__(self) -> int:
        return hash(self.fitted.programs)

    def _repr_html_(self) -> str:
        from datacheck.transform.shown import fragment_of

        return fragment_of(self.fitted)

    def __repr__(self) -> str:
        shown = ", ".join(map(repr, self.columns[:5])) + (", ..." if len(self.columns) > 5 else "")  # noqa: PLR2004
        many = f"{len(self.columns)} column{'s' * (len(self.columns) != 1)}"
        return f"<Transform of {many} to {self.fitted.output}: {shown}>"
