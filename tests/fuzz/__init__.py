"""Generators of broken inputs: bytes and nodes of every document that datacheck reads."""
