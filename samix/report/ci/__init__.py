"""What the pages of CI systems show of a build: logs that are folded away, errors at their place, a table."""
