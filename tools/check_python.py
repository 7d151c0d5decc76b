"""Say plainly what is missing before `make` tries to set up: Python 3.11+ and its venv module."""

import importlib.util
import sys


def main() -> int:
    if sys.version_info < (3, 11):
        sys.stderr.write(
            f"Python {sys.version.split()[0]} is too old: Monazite needs 3.11 or newer.\n"
            "  fix: make PYTHON=python3.12 <target>\n"
        )
        return 1
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        sys.stderr.write(
            "This Python has no venv or ensurepip module.\n"
            f"  fix: apt-get install python{version}-venv   (Debian, Ubuntu)\n"
            f"       dnf install python{version}            (Fedora)\n"
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
