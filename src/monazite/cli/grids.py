"""Print the small tables of runs and hindcasts."""

from rich.console import Console
from rich.text import Text

from monazite.cli.layout import Column, print_columns
from monazite.reports.run_text import Grid


def print_grid(console: Console, grid: Grid) -> None:
    """Print a small table that breaks no word."""
    if not grid.rows:
        console.print(Text(f"\n{grid.title}: none", "bold"))
        return
    note = f" ({grid.note})" if grid.note else ""
    console.print(Text.assemble((f"\n{grid.title}", "bold"), (note, "dim")))
    cells = list(zip(*grid.rows, strict=True))
    columns = [
        Column(head, tuple(column), is_number=place > 0, is_whole=all(": " not in cell for cell in column))
        for place, (head, column) in enumerate(zip(grid.heads, cells, strict=True))
    ]
    print_columns(console, columns)
