"""What is checked of `--picture` before any work is done."""

from pathlib import Path

from monazite.errors import UsageError


def check_picture(path: Path | None, option: str = "--picture") -> None:
    """
    Refuse a picture that is no SVG file, or whose folder does not exist.

    Raises
    ------
    UsageError
        If it cannot be written as asked.

    Examples
    --------
    >>> check_picture(None)
    >>> check_picture(Path("heat.png"))
    Traceback (most recent call last):
    monazite.errors.UsageError: --picture: heat.png is no SVG file.
      expected: a name that ends in .svg, such as heat.svg
    """
    if path is None:
        return
    if path.suffix.lower() != ".svg":
        raise UsageError(
            option, f"{path.name} is no SVG file.",
            expected=f"a name that ends in .svg, such as {path.stem or 'picture'}.svg",
        )  # fmt: skip
    if not path.resolve().parent.is_dir():
        raise UsageError(option, f"there is no folder {path.parent}.", expected="a folder that exists")
