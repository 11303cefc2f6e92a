"""The version, apart from the package's front, so that an inner room can name the producer."""

__version__ = "0.1.0"
