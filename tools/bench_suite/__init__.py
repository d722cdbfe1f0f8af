"""The bench's parts: each figure beside its bare counterpart, measured in the same run on the same machine."""
