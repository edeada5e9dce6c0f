"""The options of a build: where they come from, and what they say."""
