"""The command `monazite`: registers its commands by import path, so that `--help` loads none of them."""

import io
import os
import sys
from importlib.metadata import version
from pathlib import Path

from cyclopts import App, CycloptsError

from monazite.errors import MonaziteError

COMMANDS = {
    "data": "Look at the data release, check it, load newer data: list, show, coverage, import.",
    "chain": "Show one material's supply chain in one year.",
    "measure": "Compute concentration, dependence, GeoPolRisk and the 65 % test.",
    "trace": "Trace what a country uses back to the countries of production.",
    "detect": "Test whether a trade flow broke from its counterfactual, when and how strongly.",
    "run": "Run a scenario and write its report.",
}

GROUPS = ("data", "measure")
"""Commands with subcommands."""


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
        build_app()(arguments, exit_on_error=False)
    except MonaziteError as error:
        if has_debug:
            raise
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        sys.exit(error.exit_code)
    except CycloptsError:
        sys.exit(2)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        sys.stderr.write(f"UsageError: stdout: cannot be written, {error.strerror}.\n")
        sys.exit(2)


def prepare_streams() -> None:
    """Replace a closed stream by the null device, and write characters that a stream cannot encode as escapes."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
