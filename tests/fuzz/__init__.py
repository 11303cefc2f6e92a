"""Fuzzers: `make fuzz` runs them for some minutes, `make test` for some seconds.

Each gives, for a seed, an iterator of checks; a check says what it tried and what went wrong.
"""
