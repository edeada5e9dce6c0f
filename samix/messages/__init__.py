"""What samix says to people: errors, notes, places in files, suggestions."""
