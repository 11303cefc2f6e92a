"""How grave a finding is."""

from typing import Literal

Severity = Literal["error", "warning", "info"]

#: From the gravest to the mildest. `error`: a model would get NaN, inf or wrong values;
#: `warning`: likely wrong, look; `info`: worth knowing.
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
