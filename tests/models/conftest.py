"""What the tests of models share."""

from __future__ import annotations

import torch

# Small sums on several threads wait for one another longer than they take.
torch.set_num_threads(1)
