"""The options of a build: their sources and their values."""
