"""What is on this machine: sam, the engine, tools and their versions."""
