export default {
  "classes": {
    "divide": ["div", "truediv", "truedivide", "floordivide", "realdiv", "divide", "true_divide", "divnonan", "floordiv", "floor_divide", "mod", "fmod", "remainder", "div_backward"],
    "inverse": ["reciprocal", "inverse", "inv", "linalg_inv", "linalg_inv_ex", "linalg_solve", "_linalg_solve_ex", "pinverse", "cholesky", "linalg_cholesky_ex"],
    "log": ["log", "log2", "log10", "log1p", "xlogy", "reducelogsum", "reducelogsumexp", "logaddexp"],
    "sqrt": ["sqrt", "rsqrt", "sqrt_backward"],
    "power": ["pow", "power", "square"],
    "exp": ["exp", "expm1", "sinh", "cosh", "exp2"],
    "domain": ["acos", "asin", "acosh", "atanh", "tan", "arccos", "arcsin", "arccosh", "arctanh", "lgamma", "digamma", "logit", "erfinv"],
    "norm": ["batchnormalization", "batch_norm", "native_batch_norm", "_native_batch_norm_legit", "_native_batch_norm_legit_no_training", "cudnn_batch_norm", "fusedbatchnorm", "fusedbatchnormv3", "layernormalization", "native_layer_norm", "layer_norm", "instancenormalization", "groupnormalization", "native_group_norm", "group_norm", "rmsnormalization", "rms_norm", "_fused_rms_norm", "simplifiedlayernormalization", "skiplayernormalization", "lpnormalization", "meanvariancenormalization", "unitnormalization", "normalizer", "normalization", "renorm"],
    "softmax": ["softmax", "logsoftmax", "_softmax", "_log_softmax", "log_softmax", "_safe_softmax", "attention", "multiheadattention", "_native_multi_head_attention", "_transformer_encoder_layer_fwd", "scaled_dot_product_attention", "_scaled_dot_product_flash_attention_for_cpu", "_scaled_dot_product_attention_math", "_scaled_dot_product_attention_math_for_mps", "masked_softmax"],
    "product": ["matmul", "gemm", "mm", "bmm", "addmm", "baddbmm", "addmv", "mv", "dot", "linear", "einsum", "conv", "convtranspose", "convolution", "conv1d", "conv2d", "conv3d", "depthwiseconv2dnative", "depthwiseconv2d", "conv2dbackpropinput", "_fusedmatmul", "fusedmatmul", "fusedconv2d", "_fusedconv2d", "fuseddepthwiseconv2d", "batchmatmul", "batchmatmulv2", "fusedgemm", "fusedconv", "qlinearmatmul", "mkldnn_rnn_layer", "lstm", "gru", "rnn", "dense", "linearclassifier", "linearregressor", "svmclassifier", "svmregressor"],
    "multiply": ["mul", "multiply", "prod", "cumprod", "reduceprod", "scale"],
    "sum": ["add", "addv2", "biasadd", "bias_add", "sub", "subtract", "rsub", "sum", "addn", "reducesum", "reducemean", "mean", "avgpool", "averagepool", "globalaveragepool", "avg_pool2d", "cumsum", "reducesumsquare", "reducel1", "squareddifference", "var", "var_mean", "std", "std_mean", "reducel2", "norm", "linalg_vector_norm", "addcmul", "addcdiv", "lerp", "dist", "cdist"],
    "cast": ["cast", "_to_copy", "to", "convert_element_type", "castlike", "quantizelinear", "quantize_per_tensor", "quantize_per_channel"],
    "mask": ["where", "where_v2", "select", "selectv2", "masked_fill", "masked_fill_scalar", "masked_scatter", "full_like", "fill", "index_put", "scatter", "scatternd", "scatterelements", "clip", "clamp", "clamp_min", "clamp_max", "clipbyvalue", "relu6", "hardtanh", "max", "min", "maximum", "minimum", "triu", "tril", "trilu", "amax", "amin", "reducemax", "reducemin", "topk", "maxpool", "max_pool2d_with_indices", "globalmaxpool", "argmax", "argmin", "sort", "fmax", "fmin"],
    "foreign": ["foreign"],
    "test": ["isnan", "isinf", "isfinite", "is_nan", "is_inf", "is_finite", "nan_to_num", "imputer", "nanmean", "nansum", "nanmedian", "shape", "size", "zeroslike", "zeros_like", "oneslike", "ones_like", "empty_like", "constantofshape", "new_zeros", "new_ones", "new_full"],
    "move": ["reshape", "view", "_unsafe_view", "transpose", "permute", "t", "flatten", "squeeze", "unsqueeze", "expanddims", "expand", "concat", "concatv2", "cat", "stack", "pack", "unpack", "unbind", "unstack", "slice", "stridedslice", "split", "splitv", "split_with_sizes", "gather", "gatherv2", "gathernd", "gatherelements", "index", "index_select", "select_int", "alias", "detach", "clone", "copy", "identity", "dropout", "native_dropout", "pad", "padv2", "mirrorpad", "tile", "repeat", "as_strided", "upsample", "resize", "reverse", "flip", "broadcast_to", "lift_fresh", "_reshape_alias", "contiguous", "narrow", "diagonal", "embedding"],
    "bend": ["relu", "sigmoid", "tanh", "abs", "neg", "elu", "selu", "leakyrelu", "leaky_relu", "prelu", "gelu", "silu", "mish", "softplus", "softsign", "hardsigmoid", "hardswish", "logsigmoid", "log_sigmoid", "log_sigmoid_forward", "erf", "sin", "cos", "floor", "ceil", "round", "sign", "step", "threshold", "swish", "quickgelu"]
  },
  "elementwise": ["divide", "inverse", "log", "sqrt", "power", "exp", "domain", "multiply", "cast", "bend"],
  "rowwise": ["add", "addv2", "biasadd", "bias_add", "sub", "subtract", "rsub", "squareddifference"],
  "drawn": ["native_dropout", "_fused_dropout", "dropout", "bernoulli", "rand", "randn", "rand_like", "randn_like", "randint", "randint_like", "normal", "normal_functional", "uniform", "multinomial", "exponential", "rrelu_with_noise", "randomnormal", "randomuniform", "randomnormallike", "randomuniformlike"],
  "recurrent": ["mkldnn_rnn_layer", "lstm", "gru", "rnn"],
  "compare": ["equal", "eq", "ne", "notequal", "greater", "gt", "greaterorequal", "greaterequal", "ge", "less", "lt", "lessorequal", "lessequal", "le"]
};
