"""Reading templates: from files to resources, with sam's own rules."""
