"""Runs of sam: what one is given, how it is started, and what it says."""
