"""ONNX: the transform as one graph, alone or merged in front of a model."""

from datacheck.export.onnx.exporter import verify, write

__all__ = ["verify", "write"]
