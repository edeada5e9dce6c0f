"""What a build may ask git about the checkout that it runs in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

GIT_CONFIG = "git config"  # in fingerprints, comes before the name of a setting of git


class Asked(Enum):
    """What a build may read from the checkout that it runs in; the values are the names that reasons show."""

    COMMIT = ""
    BRANCH = "branch"
    WORK_TREE = "work tree"
    VERSION = "tags in its history"
    TAGS = "tags"
    REFERENCES = "references"  # branches, those of remotes, the stash, notes, tags
    HISTORY = "history"  # whether all of it is there: a shallow clone counts fewer commits


@dataclass(frozen=True)
class Question:
    """What a build asks git: facts about the checkout, and settings."""

    asked: frozenset[Asked] = frozenset()
    # names in git's configuration; one that ends with a dot means all that begin so, and an empty one all settings
    settings: frozenset[str] = frozenset()

    def __or__(self, other: Question) -> Question:
        """What either asks."""
        return Question(self.asked | other.asked, self.settings | other.settings)

    def __bool__(self) -> bool:
        """Whether anything is asked."""
        return bool(self.asked or self.settings)
