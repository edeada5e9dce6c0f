"""From resources to a plan: what is built, where, in which order and why. Starts nothing, writes nothing."""
