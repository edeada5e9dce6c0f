"""Makes a wheel of the package, always the same, with nothing that has to be installed first."""

import zipfile
from pathlib import Path

NAME = "common-1.0"
ABOUT = {
    "METADATA": "Metadata-Version: 2.1\nName: common\nVersion: 1.0\n",
    "WHEEL": "Wheel-Version: 1.0\nGenerator: backend\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
}


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    files = {"common/__init__.py": Path("common", "__init__.py").read_text()}
    files |= {f"{NAME}.dist-info/{name}": text for name, text in ABOUT.items()}
    files[f"{NAME}.dist-info/RECORD"] = "".join(f"{name},,\n" for name in (*files, f"{NAME}.dist-info/RECORD"))
    wheel = f"{NAME}-py3-none-any.whl"
    with zipfile.ZipFile(Path(wheel_directory, wheel), "w") as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return wheel
