"""Parity: every op, in every runtime, on every odd value, gives what `transform/cell.py` gives."""
