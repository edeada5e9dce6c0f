"""What samix knows of sam's builders: their tools, what they read and where they write."""
