export default {
  "rules": {
    "divide": [
      {"when": [["a", "==", 0], ["b", "==", 0]], "cause": "zero_by_zero"},
      {"when": [["b", "==", 0]], "cause": "divide_by_zero"},
      {"when": [["b", "small", 1e-4]], "cause": "divide_by_tiny"},
      {"when": [], "cause": "overflow"}
    ],
    "inverse": [
      {"when": [["a", "==", 0]], "cause": "inverse_of_zero"},
      {"when": [["a", "small", 1e-30]], "cause": "inverse_of_tiny"},
      {"when": [], "cause": "singular"}
    ],
    "log": [
      {"when": [["a", "<", 0]], "cause": "log_negative"},
      {"when": [["a", "==", 0]], "cause": "log_zero"},
      {"when": [], "cause": "overflow"}
    ],
    "sqrt": [
      {"when": [["a", "<", 0]], "cause": "sqrt_negative"},
      {"when": [["a", "==", 0]], "cause": "inverse_of_zero"},
      {"when": [], "cause": "overflow"}
    ],
    "power": [
      {"when": [["a", "<", 0], ["result", "is", "nan"]], "cause": "power_negative"},
      {"when": [["a", "==", 0]], "cause": "inverse_of_zero"},
      {"when": [], "cause": "overflow"}
    ],
    "exp": [{"when": [], "cause": "exp_overflow"}],
    "domain": [{"when": [], "cause": "domain"}],
    "norm": [
      {"when": [["variance", "<", 0]], "cause": "variance_negative"},
      {"when": [["variance", "==", 0]], "cause": "variance_zero"},
      {"when": [["largest", ">", 1e4]], "cause": "overflow"},
      {"when": [], "cause": "variance_zero"}
    ],
    "softmax": [
      {"when": [["largest", "is", "-inf"]], "cause": "all_masked"},
      {"when": [["largest", "is", "inf"]], "cause": "overflow"},
      {"when": [["largest", ">", 1e4]], "cause": "overflow"},
      {"when": [], "cause": "all_masked"}
    ],
    "multiply": [
      {"when": [["result", "is", "nan"]], "cause": "zero_times_infinity"},
      {"when": [], "cause": "overflow"}
    ],
    "sum": [
      {"when": [["result", "is", "nan"], ["largest", "<", 1e4]], "cause": "too_few"},
      {"when": [["result", "is", "nan"]], "cause": "infinity_minus_infinity"},
      {"when": [], "cause": "overflow"}
    ],
    "product": [
      {"when": [["result", "is", "nan"]], "cause": "infinity_minus_infinity"},
      {"when": [], "cause": "overflow"}
    ],
    "cast": [{"when": [], "cause": "cast_overflow"}],
    "foreign": [{"when": [], "cause": "foreign"}],
    "other": [{"when": [], "cause": "made"}]
  },
  "causes": {
    "missing": {"says": "{where} is missing", "remedy": "Impute {columns}: declare impute (median, or most_frequent for text) and fit again, or leave such rows out."},
    "infinite": {"says": "{where} is infinite", "remedy": "Find out where the infinity in {columns} comes from; declare infinite: missing or clip."},
    "unreadable": {"says": "{where} is no number", "remedy": "Declare what stands for missing in {columns} (missing_values), and impute it."},
    "beyond_type": {"says": "{where} is beyond what {dtype} holds", "remedy": "Scale {columns} in float64 before it becomes {dtype}."},
    "scaled_beyond_type": {"says": "the transform makes of {where} more than {dtype} holds", "remedy": "See whether the transform was fitted on data in the same units, and fit it again; or bound {columns} (outliers: clip)."},
    "unheld": {"says": "{where} is {cell}, which the model's {type} input does not hold: it was given {fed}", "remedy": "Impute {columns}, round it or bound it before it becomes {type}; else give the model an input of another type."},
    "unknown": {"says": "{where} holds a category that the model does not know ({cell}), and that it takes as missing", "remedy": "Train the model again with such rows, or write the category as one that it knows (spellings); a transform with encode refuses it."},
    "maybe_unknown": {"says": "the model answers to {cell} in {columns} as to a word that nobody has ever written: it may not know it", "remedy": "Look whether the model was trained on rows with it; if not, train it again, or write the category as one that it knows (spellings)."},
    "label_missing": {"says": "the label {where} is missing", "remedy": "Leave the row out of the training, or find its {columns}: one NaN label makes the loss of its batch NaN, and with it every weight."},
    "label_infinite": {"says": "the label {where} is infinite", "remedy": "Leave the row out of the training, or bound {columns}."},
    "loss": {"says": "the loss gives it", "remedy": "Scale {columns_or_inputs} and the target, and use the stable form of the loss (of logits, with an epsilon)."},
    "weight_nan": {"says": "the weight {weight} holds {value}", "remedy": "Load an earlier checkpoint or train again: this weight was spoilt before it was saved. datacheck's training guard stops before that."},
    "constant": {"says": "a constant of the model holds {value}", "remedy": "Find where it comes from (a statistic learned from NaN, a mask, a fill) and put a number there."},
    "zero_by_zero": {"says": "{step} divides 0 by 0", "remedy": "Leave out or guard what is constant: a scale of 0 must become 1 before it divides. datacheck's scalers do so at fit."},
    "divide_by_zero": {"says": "{step} divides {a} by 0", "remedy": "Guard the division: a scale of 0 must become 1; a 0 in the data needs an epsilon in the divisor, or the row is not for this model."},
    "divide_by_tiny": {"says": "{step} divides {a} by {b}, and overflows {dtype}", "remedy": "Bound the divisor from below."},
    "inverse_of_zero": {"says": "{step} divides by 0", "remedy": "Guard the division: a scale of 0 must become 1; a 0 in the data needs an epsilon in the divisor, or the row is not for this model."},
    "inverse_of_tiny": {"says": "{step} divides by {a}, and overflows {dtype}", "remedy": "Bound the divisor from below."},
    "singular": {"says": "{step} inverts a singular matrix", "remedy": "Add a small ridge to the diagonal, or drop columns that copy one another."},
    "log_negative": {"says": "{step} takes the logarithm of {a}", "remedy": "Bound the argument from below before the logarithm (clip), or use log1p or a signed logarithm."},
    "log_zero": {"says": "{step} takes the logarithm of 0", "remedy": "Add a small epsilon before the logarithm, or use log1p."},
    "sqrt_negative": {"says": "{step} takes the root of {a}", "remedy": "Bound the argument at 0 before the root."},
    "power_negative": {"says": "{step} raises {a} to a power that is no whole number", "remedy": "Take the power of the absolute value, or bound the base at 0."},
    "exp_overflow": {"says": "{step} takes exp of {a}, and overflows {dtype}", "remedy": "Scale what reaches it, or use the stable form (softplus, logsumexp, sigmoid of the framework)."},
    "domain": {"says": "{step} is not defined at {a}", "remedy": "Clip the argument to the function's domain."},
    "variance_negative": {"says": "{step} holds a variance of {variance}{channel}", "remedy": "A variance is never negative: the file is damaged or was quantised badly. Load an earlier checkpoint, or estimate the statistics again."},
    "variance_zero": {"says": "{step} divides by a deviation of 0{channel}", "remedy": "Give the normalisation an epsilon above 0."},
    "all_masked": {"says": "every entry of {step} is masked", "remedy": "Leave at least one entry unmasked, or give rows without any a value of their own (torch.where) before the softmax."},
    "zero_times_infinity": {"says": "{step} multiplies 0 by an infinity", "remedy": "Mask with where, not by multiplying with 0 or with an infinity."},
    "too_few": {"says": "{step} takes a mean or a deviation of fewer values than it divides by", "remedy": "Give it more values, or the deviation of all of them (ddof=0, correction=0, unbiased=False); answer for an empty set apart."},
    "infinity_minus_infinity": {"says": "{step} adds infinities of both signs", "remedy": "Scale what reaches it: the sums inside overflow {dtype}."},
    "overflow": {"says": "{step} overflows {dtype} (operands up to {largest})", "remedy": "Scale {columns_or_inputs}, clip its outliers, or compute in a wider type."},
    "cast_overflow": {"says": "{step} casts {a} to {dtype}, which cannot hold it", "remedy": "Scale {columns_or_inputs}, or keep the wider type."},
    "foreign": {"says": "a value made inside {step}, by code that is not the framework's own, is not finite", "remedy": "Look at that code: it leaves the framework (numpy, a custom function), where nothing is watched."},
    "made": {"says": "{step} makes it", "remedy": "Look at the operands of this step."},
    "function": {"says": "the model gives it", "remedy": "Impute or clip {columns_or_inputs}; a callable shows no steps of its own: give the model itself to learn which step."},
    "always": {"says": "the model gives it for a typical row as well, so that no column is to blame", "remedy": "Look at what the model holds, and not at the row: a spread of 0 that it divides by{constant}, a weight that is NaN; give the model itself to learn which step."},
    "refused": {"says": "the model takes no such row", "remedy": "Impute, clip or mend {columns_or_inputs} before the model, or leave such rows out."},
    "mixes": {"says": "{step} takes its mean and deviation of the rows that it is given", "remedy": "Predict in inference mode (model.eval() in PyTorch, training=False in Keras), where stored statistics serve; a batch norm that stores none (track_running_stats=False) mixes rows in every mode."},
    "draws": {"says": "{step} draws random numbers", "remedy": "Predict in inference mode (model.eval() in PyTorch, training=False in Keras), where no dropout draws; if the model is meant to draw, take the mean of several answers."},
    "spread": {"says": "one row spoils the batch in {step}", "remedy": "Predict in inference mode, where no batch statistics mix the rows (model.eval() in PyTorch, training=False in Keras), and mend or leave out row {source}."},
    "sequence": {"says": "rows are mixed in {step}, as the steps of one sequence are", "remedy": "If each row is a case of its own, give the model arrays of [rows, steps, features], for a recurrent or an attention layer reads [n, k] as one sequence of n steps; and mend or leave out row {source}."},
    "backend": {"says": "{backend} hides it: {step}", "remedy": "Do not read this number; mend the input as said, and look at the inputs before they reach {backend} (predict of the exported module does)."},
    "lost": {"says": "{where} is not finite, and the answer is a number all the same", "remedy": "Impute {columns} before the model: a comparison, a maximum or a cast turns NaN into a number in silence."},
    "maybe_lost": {"says": "{where} is not finite, and the model, which reads the numbers that stand there elsewhere, imputes it or loses it on the way", "remedy": "If the model does not impute {columns} itself, impute it before: a fused layer with relu, a comparison or a cast makes a number of NaN. As ONNX or .keras the model shows its steps."},
    "served": {"says": "{backend} gives it, and the same steps one by one do not", "remedy": "The step-by-step run is finite where {backend} is not: compare its optimised run with the plain one, or turn its optimisations off."},
    "unsteady": {"says": "asked again with the same rows, the model fails at others", "remedy": "Look for what it remembers or draws: a seed that is not set, a cache, a counter, training mode. Until it answers the same twice, no column can be blamed."},
    "raw": {"says": "the transform makes {where} finite, but fed the raw table the model has no number for it", "remedy": "Give the model the transform's output: transform.apply, or the exported module, before every prediction."}
  }
};
