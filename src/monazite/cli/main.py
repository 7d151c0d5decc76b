"""The command `monazite`: registers its commands by import path, so that `--help` loads none of them."""

import io
import os
import sys
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from cyclopts import App, CycloptsError

from monazite.errors import DataError, ModelError, MonaziteError, UsageError, escape_controls

COMMANDS = {
    "data": "Look at the data release, check it, load newer data: list, show, coverage, import.",
    "chain": "Show one material's supply chain in one year.",
    "measure": "Compute concentration, dependence, GeoPolRisk and the 65 % test.",
    "trace": "Trace what a country uses back to the countries of production.",
    "detect": "Test whether a trade flow broke from its counterfactual, when and how strongly.",
    "run": "Run a scenario and write its report.",
    "hindcast": "Hold the simulator against history: episodes scored against naive forecasts.",
}

GROUPS = ("data", "measure")
"""Commands with subcommands."""


class Stdout(io.TextIOWrapper):
    """Stdout that remembers whether it failed: an OSError alone does not tell which file it is about."""

    is_broken = False

    def write(self, text: str) -> int:
        """Write text, or note that it cannot be written."""
        try:
            return super().write(text)
        except OSError:
            self.is_broken = True
            raise

    def flush(self) -> None:
        """Pass on what is held, or note that it cannot be."""
        try:
            super().flush()
        except OSError:
            self.is_broken = True
            raise


def build_app() -> App:
    """Build the command-line application."""
    app = App(
        name="monazite",
        help="Who depends on whom for critical raw materials, and what happens when someone closes the tap.",
        version=version("monazite"),
    )
    for name, text in COMMANDS.items():
        app.command(f"monazite.cli.{name}:{'app' if name in GROUPS else name}", name=name, help=text)
    return app


def main() -> None:
    """Run the command line: exit 0 ok, 1 our error, 2 usage, 3 infeasible, 130 interrupted."""
    prepare_streams()
    arguments = [word for word in sys.argv[1:] if word != "--debug"]
    has_debug = len(arguments) < len(sys.argv) - 1
    try:
        try:
            build_app()(arguments, exit_on_error=False, print_error=False)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        silence_stdout()
        sys.exit(0)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        sys.exit(130)
    except Exception as error:
        if has_debug:
            raise
        words, code = explain_error(error)
        sys.stderr.write(f"{words}\n")
        sys.exit(code)


def explain_error(error: Exception) -> tuple[str, int]:
    """Put an error into words, with the exit code; what nobody foresaw is a bug of ours, and is called one."""
    if isinstance(error, MonaziteError):
        return f"{type(error).__name__}: {error}", error.exit_code
    if isinstance(error, CycloptsError):
        return f"UsageError: {escape_controls(str(error))}", UsageError.exit_code
    if isinstance(error, OSError) and getattr(sys.stdout, "is_broken", False):
        silence_stdout()
        return explain_error(UsageError("stdout", f"cannot be written, {error.strerror}."))
    if isinstance(error, OSError):
        return explain_error(
            DataError(
                str(error.filename or "a file")[:200], f"cannot be used, {error.strerror or error}.",
                fix="check the path, its rights and the room on the disk; --debug shows where it happened",
            )
        )  # fmt: skip
    if isinstance(error, MemoryError):
        return explain_error(
            DataError("memory", "is not enough for this.", fix="ask for fewer rows, materials or years")
        )
    what = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0][:200]}"
    return explain_error(
        ModelError(
            "monazite", "a bug in Monazite stopped this command.", which=[what],
            fix="run it again with --debug, and report what it prints together with the command",
        )
    )  # fmt: skip


def silence_stdout() -> None:
    """Send what stdout still holds to the null device, so that Python does not fail on it when it ends."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def prepare_streams() -> None:
    """Replace a closed stream by the null device, and write characters that a stream cannot encode as escapes."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if type(sys.stdout) is io.TextIOWrapper:
        how = {
            name: getattr(sys.stdout, name)
            for name in ("encoding", "errors", "line_buffering", "write_through")
        }
        sys.stdout = Stdout(sys.stdout.detach(), **how)


if __name__ == "__main__":
    main()
