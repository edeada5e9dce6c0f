"""What lies below `.aws-sam`: sam's build.toml, cache and deps, and samix's own records."""
