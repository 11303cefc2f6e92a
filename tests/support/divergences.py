"""How a training comes to NaN: the causes that are planted, whatever the framework."""

PLANTS = (
    "rate",
    "unscaled inputs",
    "unscaled target",
    "a label in batch 3",
    "log of 0",
    "a gradient alone",
    "a batch of one",
    "an exploding recurrent net",
)
