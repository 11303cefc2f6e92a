"""A scikit-learn estimator over the same fitted transform: for pipelines, searches and clones.

>>> import numpy as np
>>> preparer = Preparer(outliers="clip")
>>> preparer.fit_transform(np.array([[1.0, 5.0], [2.0, np.nan], [4.0, 7.0]])).round(2).tolist()
[[-0.67, -1.0], [0.0, 0.0], [1.33, 1.0]]
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from datacheck.errors import DataError, MissingExtraError
from datacheck.ops import outputs
from datacheck.schema import Column, Schema
from datacheck.schema.options import read_prepare, read_table
from datacheck.source.array_like import (
    as_single,
    dense,
    is_frame,
    kinds_of,
    numeric,
    series,
    singles,
)

try:
    from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
    from sklearn.utils.validation import check_array, check_is_fitted, validate_data
except ImportError as error:
    raise MissingExtraError("sklearn", "The scikit-learn estimator") from error

from numpy.typing import NDArray

from datacheck.ops import Fitted
from datacheck.schema import Prepare

if TYPE_CHECKING:
    from datacheck.fitted.transform import Transform


#: Parameters that are options of a column in a schema, whatever the others are.
_ALWAYS = (
    *("infinite", "outliers", "outlier_rule", "outlier_threshold"),
    *("impute", "scale", "power", "indicator"),
)


class Preparer(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Impute, scale and encode, with missing values, infinities and outliers handled on the way.

    One preparation for all numeric columns and one encoding for the others, or a schema that
    declares each its own. Arithmetic is in float64, and a matrix gets the very bits that
    `Transform.apply` gives a table.

    Parameters
    ----------
    missing_values : sequence of float or str
        Numbers that mean *missing*, such as ``(-999,)``, and, where text is encoded, texts. NaN
        and null always do.
    infinite : {"error", "missing", "clip"}
        What becomes of ±inf.
    outliers : {"keep", "clip", "missing"}
        What becomes of values beyond the fences of `outlier_rule`.
    outlier_rule : {"iqr", "mad", "zscore"}
        How fences are found.
    outlier_threshold : float or None
        How far they lie; None: 1.5, 3.5 or 3.0, by the rule.
    impute : {"none", "median", "mean", "most_frequent", "constant", "knn"}
        What fills a missing cell.
    fill_value : float or None
        For ``impute="constant"``.
    scale : {"none", "robust", "zscore", "minmax"}
        Median and interquartile range, mean and standard deviation, or minimum and range.
    feature_range : pair of float
        For ``scale="minmax"``: where the fitted minimum and maximum go.
    clip : bool
        For ``scale="minmax"``: whether what is beyond them stays at the ends.
    power : {"none", "log1p", "sqrt", "signed_log1p"}
        Before scaling; what it cannot take is refused.
    indicator : bool
        Whether a column ``<name>_missing`` of 0 and 1 stands after each column that is prepared.
    encode : {"none", "one_hot", "ordinal"}
        What becomes of text, categories and booleans: with ``none`` they pass. Of `impute`, they
        take ``most_frequent``; with the others, missing is a category of its own.
    unknown : {"error", "zeros", "infrequent"}
        What becomes of a category that was not fitted.
    min_frequency : int, float or None
        Rarer categories are put together: a count, or a share of the rows.
    max_categories : int or None
        At most so many cells a column, the rarest categories put together.
    drop : {"none", "first", "if_binary"}
        For ``encode="one_hot"``: the cell that is left out.
    output : {"float64", "float32"}
        The dtype that leaves, rounded once.
    knn : dict or None
        For ``impute="knn"``: ``n_neighbors``, ``weights``, ``features``, ``max_donors``, ``seed``,
        ``space``, as in a schema.
    schema : schema, path or None
        Anything that `datacheck.load_schema` takes. It then declares the preparation, and the
        options above are not used. Columns are called ``x0``, ``x1``, ... in an array.

    Attributes
    ----------
    fitted_ : Fitted
        The column programs, as plain data.
    n_features_in_ : int
    feature_names_in_ : ndarray of str
        Where the columns of the data had names.

    Notes
    -----
    An array, or a frame of numbers alone, comes out as an array (see ``set_output``). A frame
    that holds other columns too, or whose preparation a schema declares, comes out as a frame of
    its own kind: columns that are not prepared pass through. ``get_feature_names_out`` names what
    leaves.

    Raises
    ------
    SchemaError
        From ``fit``, for an unknown or bad option.
    DataError
        From ``fit``, for a column that cannot be fitted; from ``transform``, for a refused cell.
    """

    def __init__(  # noqa: PLR0913 - a scikit-learn estimator names each of its parameters
        self,
        *,
        missing_values: Any = (),
        infinite: str = "error",
        outliers: str = "keep",
        outlier_rule: str = "iqr",
        outlier_threshold: float | None = None,
        impute: str = "median",
        fill_value: float | None = None,
        scale: str = "robust",
        feature_range: Any = (0.0, 1.0),
        clip: bool = False,
        power: str = "none",
        indicator: bool = False,
        encode: str = "none",
        unknown: str = "error",
        min_frequency: float | None = None,
        max_categories: int | None = None,
        drop: str = "none",
        output: str = "float64",
        knn: dict[str, Any] | None = None,
        schema: Any = None,
    ) -> None:
        self.missing_values = missing_values
        self.infinite = infinite
        self.outliers = outliers
        self.outlier_rule = outlier_rule
        self.outlier_threshold = outlier_threshold
        self.impute = impute
        self.fill_value = fill_value
        self.scale = scale
        self.feature_range = feature_range
        self.clip = clip
        self.power = power
        self.indicator = indicator
        self.encode = encode
        self.unknown = unknown
        self.min_frequency = min_frequency
        self.max_categories = max_categories
        self.drop = drop
        self.output = output
        self.knn = knn
        self.schema = schema

    def fit(self, X: Any, y: Any = None) -> Preparer:  # noqa: N803, ARG002 - scikit-learn's names
        """Learn fences, fills, centers and scales.

        Parameters
        ----------
        X
            Shape (n_samples, n_features): an array, or a pandas or polars frame.
        y
            Not used.
        """
        prepare, others, knn, output = self._declared()
        self._whole = self.schema is None and self._numbers_alone(X)
        if self._whole:
            matrix, single = self._matrix(X, reset=True), singles(X)
            if prepare.impute == "knn" or prepare.indicator:
                named = as_single(self._named(matrix), single)
                self.fitted_ = _fitted(named, prepare, None, knn, output)
                return self
            from datacheck.golden.choose import real_rows
            from datacheck.transform.matrix import fit_matrix

            self.fitted_ = fit_matrix(matrix, self._names(), prepare, output, single)
            self._sample = matrix[real_rows(len(matrix))]
            return self
        validate_data(self, X, reset=True, skip_check_array=True)
        table = X if is_frame(X) else self._table(X, reset=True)
        if self.schema is None:
            self.fitted_ = _fitted(table, prepare, others, knn, output)
        else:
            from datacheck.fitted.fitting import fit

            self.fitted_ = fit(table, self.schema).fitted
        return self

    def transform(self, X: Any) -> Any:  # noqa: N803
        """Prepare rows.

        Parameters
        ----------
        X
            Shape (n_samples, n_features), as in `fit`.

        Returns
        -------
        ndarray of shape (n_samples, n_features_out), or a frame of the kind given.
        """
        check_is_fitted(self)
        from datacheck.transform.matrix import apply_matrix, fits

        if is_frame(X) and not self._whole:
            validate_data(self, X, reset=False, skip_check_array=True)
            return self.transform_.apply(X)
        if not self._whole:
            return self.transform_.apply(self._table(X, reset=False)).to_numpy()
        matrix = self._matrix(X, reset=False)
        if fits(self.fitted_):
            return apply_matrix(matrix, self.fitted_)
        return self.transform_.apply(self._named(matrix)).to_numpy()

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[Any]:
        """The names of what `transform` gives, in their order.

        Parameters
        ----------
        input_features
            The names of the columns, where they had none when it was fitted.
        """
        given = super().get_feature_names_out(input_features)
        made = {program.column: outputs(program) for program in self.fitted_.programs}
        names: list[str] = []
        for column, name in zip(self._names(), given, strict=True):
            leaves = made.get(column, (column,))
            names += [f"{name}{each.removeprefix(column)}" for each in leaves]
        return np.asarray(names, dtype=object)

    def inverse_transform(self, X: Any) -> Any:  # noqa: N803
        """Undo scaling and powers; what was filled, clipped or encoded stays so.

        Parameters
        ----------
        X
            Shape (n_samples, n_features_out), as `transform` gives it. Indicators are left out of
            an array of numbers.

        Returns
        -------
        ndarray of shape (n_samples, n_features), float64, or a frame of the kind given.
        """
        check_is_fitted(self)
        from datacheck.transform.matrix import inverse_matrix

        if is_frame(X) and not self._whole:
            return self.transform_.inverse(X)
        # What was transformed has lost its names, so they are not asked for.
        matrix = check_array(X, dtype=np.float64, ensure_all_finite=False, ensure_min_samples=0)
        names = self.get_feature_names_out()
        if matrix.shape[1] != len(names):
            raise DataError(
                "The matrix has not the columns that were fitted",
                got=f"{matrix.shape[1]} columns",
                expected=f"{len(names)}",
            )
        if self._whole:
            # A column's own cell is the first of those that it gives.
            each = matrix.shape[1] // self.n_features_in_
            return inverse_matrix(matrix[:, ::each], self.fitted_)
        frame = pl.DataFrame(matrix, schema=list(map(str, names)), orient="row")
        return self.transform_.inverse(frame).to_numpy()

    @property
    def transform_(self) -> Transform:
        """The fitted `datacheck.Transform`, to save, export and apply elsewhere."""
        check_is_fitted(self)
        from datacheck.fitted.transform import Transform

        if self.fitted_.golden:
            return Transform(self.fitted_)
        from datacheck.golden.choose import choose

        golden = choose(self.fitted_, self._named(self._sample))
        return Transform(self.fitted_._replace(golden=golden))

    def _declared(self) -> tuple[Prepare, Prepare | None, Any, Any]:
        """The parameters as a schema's preparation of numbers and of other columns, checked."""
        words = [value for value in self.missing_values if isinstance(value, str)]
        options: dict[str, Any] = {name: getattr(self, name) for name in _ALWAYS}
        options["missing_values"] = [value for value in self.missing_values if value not in words]
        if self.scale == "minmax":
            options |= {"feature_range": list(self.feature_range), "clip": self.clip}
        if self.fill_value is not None:
            options["fill_value"] = self.fill_value
        prepare = read_prepare(options, "Preparer")
        table = read_table({"knn": self.knn or {}, "output": self.output})
        others = read_prepare(self._encoding(), "Preparer")
        if others.encode == "none":
            return prepare, None, *table
        others = replace(others, indicator=self.indicator, missing_values=tuple(words))
        if self.impute == "most_frequent":
            others = replace(others, impute="most_frequent")
        return prepare, others, *table

    def _encoding(self) -> dict[str, Any]:
        """The parameters of an encoding that are not the default."""
        usual = {"unknown": "error", "drop": "none", "min_frequency": None, "max_categories": None}
        given = {name: getattr(self, name) for name in usual}
        chosen = {name: value for name, value in given.items() if value != usual[name]}
        return {"encode": self.encode, **chosen}

    def _matrix(self, X: Any, *, reset: bool, dtype: Any = np.float64) -> NDArray[Any]:  # noqa: N803
        matrix: NDArray[Any] = validate_data(
            self,
            dense(X),
            reset=reset,
            dtype=dtype,
            ensure_all_finite=False,
            ensure_min_samples=1 if reset else 0,
        )
        return matrix

    def _numbers_alone(self, data: Any) -> bool:
        """Whether all columns are numbers, so that the data can be a matrix of doubles."""
        if is_frame(data):
            return all(numeric(dtype) for dtype in data.dtypes)
        return self.encode == "none" or np.asarray(data).dtype.kind not in "OUSb"

    def _table(self, X: Any, *, reset: bool) -> pl.DataFrame:  # noqa: N803
        """An array as a frame: its numbers, and its text where that is encoded."""
        if self.schema is not None or self.encode == "none":
            return self._named(self._matrix(X, reset=reset))
        cells = self._matrix(X, reset=reset, dtype=object)
        made = [series(name, cells[:, at]) for at, name in enumerate(self._names())]
        return pl.DataFrame(made)

    def _names(self) -> list[str]:
        names = getattr(self, "feature_names_in_", None)
        count: int = self.n_features_in_
        return [f"x{at}" for at in range(count)] if names is None else list(map(str, names))

    def _named(self, matrix: NDArray[np.float64]) -> pl.DataFrame:
        return pl.DataFrame(matrix, schema=self._names(), orient="row")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = self.encode != "none"
        tags.transformer_tags.preserves_dtype = ["float64"] if self.output == "float64" else []
        return tags


def _fitted(table: Any, prepare: Prepare, others: Prepare | None, knn: Any, output: Any) -> Fitted:
    """Fit the numeric columns of a frame alike, and encode the others or let them pass."""
    from datacheck.fitted.fitting import fit

    numbers, words = kinds_of(table)
    chosen = dict.fromkeys(numbers, prepare)
    if others is not None:
        chosen |= dict.fromkeys(words, others)
    if not chosen:
        raise DataError(
            "The frame has no numeric column to prepare",
            todo="declare encode='one_hot' or 'ordinal' for text",
        )
    columns = tuple(
        Column(name=str(name), nullable=True, prepare=chosen[str(name)])
        for name in table.columns
        if str(name) in chosen
    )
    return fit(table, Schema(name="Preparer", columns=columns, knn=knn, output=output)).fitted
