"""One build, from its start to what lies in the build dir."""
