"""The names of directories that nobody can choose."""

SAM_DIRECTORY = ".aws-sam"
"""In a project, what sam keeps; sam and its builders leave it out of sources at any place."""
