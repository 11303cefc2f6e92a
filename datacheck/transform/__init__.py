"""A fitted preparation: the ops it is made of, how they are fitted, applied and kept."""
