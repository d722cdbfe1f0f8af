"""Bytes over ZeroMQ, on Trio. The only place that knows ZeroMQ; knows nothing of what the bytes mean."""
