"""What samix knows of sam's builders: a row of the table for each, and modules for what is more than a value."""
