"""Answers that need neither the parser nor the plan."""
