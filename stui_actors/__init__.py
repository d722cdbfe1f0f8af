"""A durable, multi-client Smalltalk workspace server."""

__version__ = "0.1.0"
