"""A display at the bottom of a terminal that shows what is being built."""
