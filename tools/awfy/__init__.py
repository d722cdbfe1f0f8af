"""The fourteen programs of Are-We-Fast-Yet in plain Python: what the Smalltalk ones are measured against."""
