"""The wire: requests, replies and events as plain values, and how both dialects spell them. No I/O."""
