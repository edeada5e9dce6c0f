OWN = "instead of the one that pip installs"
