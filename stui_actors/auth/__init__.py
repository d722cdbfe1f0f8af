"""Who may do what: accounts, tiers, features, limits. Plain values and decisions; only its own two files are read.

Keys of encrypted connections (CURVE) and signed tokens (JWT) have their place here, beside ``credentials``: each is one
more way to come to a ``Grant``.
"""
