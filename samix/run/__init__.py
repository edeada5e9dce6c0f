"""Running sam: one subprocess per unit, each in a workspace of its own."""
