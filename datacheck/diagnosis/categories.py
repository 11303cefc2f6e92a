"""Categories that a booster does not know: it answers as if they were missing, and says nothing.

LightGBM and XGBoost keep the categories that they were trained on. CatBoost keeps their hashes: of
it a guess is made, by whether it answers to a word as to one that nobody has ever written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from datacheck.arrays import Flags
from datacheck.diagnosis.causes import Cause
from datacheck.diagnosis.feed import Feed
from datacheck.diagnosis.functions import FunctionModel
from datacheck.gaps import is_missing

#: A word of no table; how many words of a column are tried in place of it, and in how many rows.
NOBODYS, WORDS, ROWS = "datacheck: a word of no table", 256, 32


def unknown_categories(model: FunctionModel, feed: Feed, bad: Flags) -> Iterator[Cause]:
    """By column, the rows that are answered though the booster does not know their category."""
    library = type(model.of).__module__.partition(".")[0]
    good = np.flatnonzero(~bad).tolist()
    if library == "catboost":
        yield from _guessed(model, feed, good)
        return
    known = {"lightgbm": _of_lightgbm, "xgboost": _of_xgboost}.get(library, _of_none)(
        model.of, feed
    )
    for at, categories in known.items():
        cells = {row: feed.cell(row, feed.columns[at]) for row in good}
        rows = [r for r, c in cells.items() if not is_missing(c) and _word(c) not in categories]
        if rows:
            yield _cause("unknown", rows, at, feed)


def _cause(word: str, rows: list[int], at: int, feed: Feed) -> Cause:
    cells = dict.fromkeys(str(feed.cell(row, feed.columns[at])) for row in rows)
    evidence = {"cell": ", ".join(map(repr, list(cells)[:5]))}
    return Cause("nan.hidden", word, rows, (at,), "input", evidence=evidence)


def _word(cell: Any) -> str:
    """A category in words: 1 and 1.0 are one."""
    if isinstance(cell, float | np.floating) and float(cell).is_integer():
        return str(int(cell))
    return str(cell)


def _of_none(_model: Any, _feed: Feed) -> dict[int, set[str]]:
    return {}


def _of_lightgbm(model: Any, feed: Feed) -> dict[int, set[str]]:
    """Those of pandas, in the order of the frame's categorical columns; else whole numbers."""
    booster = getattr(model, "booster_", model)
    if not hasattr(booster, "model_to_string"):
        return {}
    if booster.pandas_categorical:
        (frame,) = feed.arrays(feed.matrix[:1])
        dtypes = getattr(frame, "dtypes", ())
        places = [at for at, dtype in enumerate(dtypes) if str(dtype) == "category"]
        pairs = zip(places, booster.pandas_categorical, strict=False)
        same = len(places) == len(booster.pandas_categorical)
        return {at: set(map(_word, own)) for at, own in pairs} if same else {}
    text = booster.model_to_string(num_iteration=1).partition("\nfeature_infos=")[2]
    infos = text.partition("\n")[0].split()
    kept = {
        at: info.split(":") for at, info in enumerate(infos) if info[0] != "[" and info != "none"
    }
    return {at: set(own) for at, own in kept.items()} if len(infos) == len(feed.columns) else {}


def _of_xgboost(model: Any, feed: Feed) -> dict[int, set[str]]:
    booster = model.get_booster() if hasattr(model, "get_booster") else model
    if not hasattr(booster, "get_categories"):  # before 3.1
        return {}
    kept = booster.get_categories(export_to_arrow=True).to_arrow()
    own = {name: set(map(_word, a.to_pylist())) for name, a in kept or () if a is not None}
    return {at: own[name] for at, name in enumerate(feed.columns) if name in own}


def _guessed(model: FunctionModel, feed: Feed, good: list[int]) -> Iterator[Cause]:
    """Rows whose word is answered as one of nobody's, where another word is not."""
    (frame,) = feed.arrays(feed.matrix[good[:: max(1, len(good) // ROWS)][:ROWS]])
    indices = model.of.get_cat_feature_indices() if hasattr(frame, "columns") else []
    for at in (int(each) for each in indices if each < len(feed.columns)):
        cells = {row: feed.cell(row, feed.columns[at]) for row in good}
        times = Counter(cell for cell in cells.values() if isinstance(cell, str))
        words = [word for word, _ in times.most_common(WORDS)]
        answers = [model.run([_with(frame, at, word)]) for word in (NOBODYS, *words)]
        same = [w for w, each in zip(words, answers[1:], strict=True) if _same(each, answers[0])]
        # One that is usual has by chance what a word of nobody's has, more likely than not.
        rare = [word for word in same if 2 * len(words) * times[word] <= times.total()]
        if rare and len(same) < len(words):
            rows = [row for row, cell in cells.items() if cell in rare]
            yield _cause("maybe_unknown", rows, at, feed)


def _with(frame: Any, at: int, word: str) -> Any:
    return frame.assign(**{frame.columns[at]: word})


def _same(one: Any, other: Any) -> bool:
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(one, other, strict=True))
