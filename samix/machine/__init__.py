"""The machine that a build runs on: its container engine, and the versions of sam and of the tools."""
