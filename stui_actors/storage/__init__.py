"""Where sessions are kept. Knows their names and their texts, nothing of what these mean."""
