"""What one user owns: sessions, workspaces, history, events. Plain Python, no I/O."""
