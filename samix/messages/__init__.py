"""The parts of messages to people: errors, notes, places in files, suggestions."""
