"""Files and directories: reading, writing, copying, comparing."""
