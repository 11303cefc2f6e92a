"""A scikit-learn estimator over the same fitted transform: for pipelines, searches and clones.

>>> import numpy as np
>>> preparer = Preparer(outliers="clip")
>>> preparer.fit_transform(np.array([[1.0, 5.0], [2.0, np.nan], [4.0, 7.0]])).round(2).tolist()
[[-0.67, -1.0], [0.0, 0.0], [1.33, 1.0]]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from datacheck.errors import DataError, MissingExtraError

try:
    from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
    from sklearn.utils.validation import check_array, check_is_fitted, validate_data
except ImportError as error:
    raise MissingExtraError("sklearn", "The scikit-learn estimator") from error

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from datacheck.fitted import Transform
    from datacheck.ops import Fitted
    from datacheck.schema import Prepare


class Preparer(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Impute and scale, with missing values, infinities and outliers handled on the way.

    One preparation for all numeric columns, or a schema that declares each its own. Arithmetic is
    in float64, and a matrix gets the very bits that `Transform.apply` gives a table.

    Parameters
    ----------
    missing_values : sequence of float
        Numbers that mean *missing*, such as ``(-999,)``. NaN and null always do.
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
    its own kind: columns that are not prepared pass through.

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
        prepare, knn, output = self._declared()
        self._whole = self.schema is None and _numbers_alone(X)
        if self._whole:
            matrix, single = self._matrix(X, reset=True), _singles(X)
            if prepare.impute == "knn":
                named = _as_single(self._named(matrix), single)
                self.fitted_ = _fitted(named, prepare, knn, output)
                return self
            from datacheck.golden.choose import real_rows
            from datacheck.transform.matrix_fit import fit_matrix

            self.fitted_ = fit_matrix(matrix, self._names(), prepare, output, single)
            self._sample = matrix[real_rows(len(matrix))]
            return self
        validate_data(self, X, reset=True, skip_check_array=True)
        table = X if _is_frame(X) else self._named(self._matrix(X, reset=True))
        if self.schema is None:
            self.fitted_ = _fitted(table, prepare, knn, output)
        else:
            from datacheck.fitted import fit

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
        ndarray of shape (n_samples, n_features), or a frame of the kind given.
        """
        check_is_fitted(self)
        from datacheck.transform.matrix import apply_matrix, fits

        if _is_frame(X) and not self._whole:
            validate_data(self, X, reset=False, skip_check_array=True)
            return self.transform_.apply(X)
        matrix = self._matrix(X, reset=False)
        if self._whole and fits(self.fitted_):
            return apply_matrix(matrix, self.fitted_)
        return self.transform_.apply(self._named(matrix)).to_numpy()

    def inverse_transform(self, X: Any) -> Any:  # noqa: N803
        """Undo the scaling; what was filled or clipped stays so.

        Parameters
        ----------
        X
            Shape (n_samples, n_features), as `transform` gives it.

        Returns
        -------
        ndarray of shape (n_samples, n_features), float64, or a frame of the kind given.
        """
        check_is_fitted(self)
        from datacheck.transform.matrix import inverse_matrix

        if _is_frame(X) and not self._whole:
            return self.transform_.inverse(X)
        # What was transformed has lost its names, so they are not asked for.
        matrix = check_array(X, dtype=np.float64, ensure_all_finite=False, ensure_min_samples=0)
        if matrix.shape[1] != self.n_features_in_:
            raise DataError(
                "The matrix has not the columns that were fitted",
                got=f"{matrix.shape[1]} columns",
                expected=f"{self.n_features_in_}",
            )
        if self._whole:
            return inverse_matrix(matrix, self.fitted_)
        return self.transform_.inverse(self._named(matrix)).to_numpy()

    @property
    def transform_(self) -> Transform:
        """The fitted `datacheck.Transform`, to save, export and apply elsewhere."""
        check_is_fitted(self)
        from datacheck.fitted import Transform

        if self.fitted_.golden:
            return Transform(self.fitted_)
        from datacheck.golden.choose import choose

        golden = choose(self.fitted_, self._named(self._sample))
        return Transform(self.fitted_._replace(golden=golden))

    def _declared(self) -> tuple[Prepare, Any, Any]:
        """The parameters as a schema's preparation, checked."""
        from datacheck.schema.options import read_prepare, read_table

        options = {
            "missing_values": list(self.missing_values),
            "infinite": self.infinite,
            "outliers": self.outliers,
            "outlier_rule": self.outlier_rule,
            "outlier_threshold": self.outlier_threshold,
            "impute": self.impute,
            "scale": self.scale,
            "power": self.power,
        }
        if self.scale == "minmax":
            options |= {"feature_range": list(self.feature_range), "clip": self.clip}
        if self.fill_value is not None:
            options["fill_value"] = self.fill_value
        prepare = read_prepare(options, "Preparer")
        return prepare, *read_table({"knn": self.knn or {}, "output": self.output})

    def _matrix(self, X: Any, *, reset: bool) -> NDArray[np.float64]:  # noqa: N803
        matrix: NDArray[np.float64] = validate_data(
            self,
            X,
            reset=reset,
            dtype=np.float64,
            ensure_all_finite=False,
            ensure_min_samples=1 if reset else 0,
        )
        return matrix

    def _names(self) -> list[str]:
        names = getattr(self, "feature_names_in_", None)
        count: int = self.n_features_in_
        return [f"x{at}" for at in range(count)] if names is None else list(map(str, names))

    def _named(self, matrix: NDArray[np.float64]) -> pl.DataFrame:
        import polars as pl

        return pl.DataFrame(matrix, schema=self._names(), orient="row")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = ["float64"] if self.output == "float64" else []
        return tags


def _is_frame(data: Any) -> bool:
    return hasattr(data, "columns") and hasattr(data, "dtypes")


def _singles(data: Any) -> list[bool]:
    """For each column, whether it holds float32: declared values were rounded to that there."""
    dtypes = data.dtypes if _is_frame(data) else [getattr(data, "dtype", None)]
    found = [str(dtype).lower() == "float32" for dtype in dtypes]
    return found if _is_frame(data) else found * np.asarray(data).shape[1]


def _as_single(frame: pl.DataFrame, single: list[bool]) -> pl.DataFrame:
    import polars as pl

    names = [name for name, each in zip(frame.columns, single, strict=True) if each]
    return frame.cast(dict.fromkeys(names, pl.Float32))


def _numbers_alone(data: Any) -> bool:
    """Whether all columns are numbers, so that the data can be a matrix of doubles."""
    return not _is_frame(data) or all(_numeric(dtype) for dtype in data.dtypes)


def _numeric(dtype: Any) -> bool:
    if hasattr(dtype, "is_numeric"):  # polars
        return bool(dtype.is_numeric()) or str(dtype) == "Null"
    return getattr(dtype, "kind", "O") in "iuf"


def _fitted(table: Any, prepare: Prepare, knn: Any, output: Any) -> Fitted:
    """Fit the numeric columns of a frame alike; the others pass through."""
    from datacheck.fitted import fit
    from datacheck.schema import Column, Schema

    names = [
        str(name)
        for name, dtype in zip(table.columns, table.dtypes, strict=True)
        if _numeric(dtype)
    ]
    if not names:
        raise DataError("The frame has no numeric column to prepare")
    columns = tuple(Column(name=name, nullable=True, prepare=prepare) for name in names)
    return fit(table, Schema(name="Preparer", columns=columns, knn=knn, output=output)).fitted
