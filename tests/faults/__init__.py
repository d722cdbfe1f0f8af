"""The table of faults, each row with the test that tries it."""
