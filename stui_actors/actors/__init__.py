"""The tasks: who owns what, and who talks to whom. Requests go down only: gateway, client, services."""
