"""Read wrong input that atheris makes: `python -m fuzz.guided TARGET DIRECTORY [FLAG...]`, the flags of libFuzzer."""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random

import atheris

with atheris.instrument_imports(include=["samix", "cfn_tools"]):
    from fuzz.targets import TARGETS, Place, read_wrong_input


class _Guided(Random):
    """Choices that come from the bytes that atheris gives, and are the least when those are used up."""

    def __init__(self, content: bytes) -> None:
        self._data = atheris.FuzzedDataProvider(content)
        super().__init__()

    def random(self) -> float:
        return float(self._data.ConsumeProbability())

    def getrandbits(self, k: int, /) -> int:
        return int.from_bytes(self._data.ConsumeBytes((k + 7) // 8), "big") & ((1 << k) - 1)


def main() -> None:
    """Ends the process, not with 0 if an input was wrong."""
    target, directory, *flags = sys.argv[1:]
    root = Path(directory)
    (root / "place").mkdir()
    place = Place(root / "place")

    def read(content: bytes) -> None:
        try:
            read_wrong_input(TARGETS[target], place, _Guided(content))
        except BaseException:
            sys.stderr.write(place.written_text())
            raise

    atheris.Setup([sys.argv[0], *flags, "-max_len=512", "-len_control=0", f"-artifact_prefix={root}/"], read)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
