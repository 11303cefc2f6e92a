"""Rows as keys: what makes two rows one, how keys are kept, and which of them repeat."""
