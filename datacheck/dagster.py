"""Dagster: one asset check for each rule of a schema, and one for all else. Extra ``dagster``."""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import dagster as dg

import datacheck as dc

REST = "findings"  # The asset check of what no rule of the schema has found.


def asset_checks(asset: Any, schema: Any, *, blocking: bool = False) -> dg.AssetChecksDefinition:
    """Check an asset, whose value `read` takes, in one pass by whatever `load_schema` takes.

    A broken rule fails its asset check. `blocking` keeps what is downstream of an error unmade.
    """
    rules = _rules(dc.load_schema(schema))
    key = asset.key if isinstance(asset, dg.AssetsDefinition) else dg.AssetKey(asset)
    names = list(dict.fromkeys([*rules.values(), REST]))
    specs = [dg.AssetCheckSpec(name, asset=key, blocking=blocking) for name in names]
    name = _word("_".join(key.path)) + "_by_datacheck"

    @dg.multi_asset_check(name=name, specs=specs, ins={"data": dg.AssetIn(key)})
    def checked(data: Any) -> Iterator[dg.AssetCheckResult]:
        found = defaultdict(list)
        for each in dc.check(data, schema).findings:
            if each.accepted is None and each.severity != "info":
                found[rules.get((each.column, each.code), REST)].append(each)
        for name in names:
            grave = not found[name] or any(each.severity == "error" for each in found[name])
            yield dg.AssetCheckResult(
                check_name=name,
                passed=not found[name],
                severity=dg.AssetCheckSeverity.ERROR if grave else dg.AssetCheckSeverity.WARN,
                description=" ".join(f"{each.column}: {each.message}" for each in found[name]),
                metadata={f"{each.code} {each.column}": each.count for each in found[name]},
            )

    return checked


def _rules(schema: dc.Schema) -> dict[tuple[str | None, str], str]:
    """By column and code of a finding, the asset check that it belongs to."""
    rules: dict[tuple[str | None, str], str] = {}
    for each in schema.columns:
        codes = ["column_missing", "dtype", "coerce", "nullable", "unique"]
        held = [each.required, each.dtype is not None, each.coerce, not each.nullable, each.unique]
        codes = [code for code, is_held in zip(codes, held, strict=True) if is_held]
        for code in codes + [check.name for check in each.checks]:
            rules[each.name, f"schema.{code}"] = f"{_word(each.name)}__{_word(code)}"
    return rules


def _word(text: str) -> str:
    return re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_")
