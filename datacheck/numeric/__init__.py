"""Arithmetic on arrays alone: ordered bits, exact sums, quantiles and scan states."""
