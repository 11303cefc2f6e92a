"""The verb that asks a model: diagnose."""

from __future__ import annotations

from datacheck.cli.options import add_data, add_options, add_verb, how_to_read
from datacheck.cli.output import outputs_must_be_free, working
from datacheck.cli.showing import show_report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

    from datacheck.cli.options import Verbs


def add_verbs(verbs: Verbs) -> None:
    """Add the verbs of this module."""
    diagnose = add_verb(verbs, "diagnose", run_diagnose)
    diagnose.add_argument(
        "model",
        metavar="MODEL",
        help="model.onnx, model.json of TensorFlow.js, .keras, .skops, .ubj or .json of xgboost, "
        ".txt of LightGBM, .cbm of CatBoost; .pt, .pt2 and a SavedModel with --trust",
    )
    add_data(diagnose, "--data")
    diagnose.add_argument("--transform", metavar="T.json", help="the transform before the model")
    diagnose.add_argument("--reference", metavar="REF", help="rows that are known to be good")
    diagnose.add_argument(
        "--target", metavar="Y", help="what it predicts: a column that it is not fed"
    )
    diagnose.add_argument(
        "--loss",
        metavar="LOSS",
        help="also look at labels, losses and gradients: mse, mae, binary_crossentropy, ... "
        "(needs --target)",
    )
    diagnose.add_argument(
        "--inputs", nargs="+", metavar="C", help="the columns in the model's order"
    )
    diagnose.add_argument(
        "--trust", action="store_true", help="let a model's file run code while it loads"
    )
    add_options(diagnose, "json", "format", "page", "fail_on", "no_values", "force")


def run_diagnose(args: Namespace) -> int:
    r"""Find the row, the column and the step that make a model predict NaN.

    datacheck diagnose sample_data/penguins_mass.onnx --data sample_data/penguins.csv \
        --inputs bill_length_mm bill_depth_mm flipper_length_mm --fail-on never
    """
    from datacheck.diagnosis import diagnose
    from datacheck.source import open_source

    outputs_must_be_free(args)
    with working(f"diagnosing {args.model}"):
        report = diagnose(
            args.model,
            open_source(args.data, **how_to_read(args)),
            args.transform,
            reference=args.reference,
            loss=args.loss,
            target=args.target,
            inputs=args.inputs,
            trust=args.trust,
        )
    return show_report(report, args)
