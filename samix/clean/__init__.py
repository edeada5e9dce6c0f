"""What samix clean finds and removes."""
