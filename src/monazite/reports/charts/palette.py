"""
The one set of colours: every light colour has a counterpart on a dark page.

The categorical colours keep 3:1 to the paper (WCAG 2.1, 1.4.11), text 4.5:1 (1.4.3), and any two stay apart
under protanopia, deuteranopia and tritanopia; the tests compute both.
"""

PAPER = "#ffffff"
INK = "#1d2430"
SOFT_INK = "#566070"
GRID = "#dfe3e8"
OUTLINE = "#868d98"
EMPTY = "#f1f3f5"
HATCH = "#c3c9d1"

CATEGORIES = ("#263f80", "#c97a10", "#2a93a8", "#782035", "#b23a0e", "#854dd2")
OTHER = "#6b7480"
STILL_INK = "#171b20"
"""Words on the middle step of colour, the same in both modes: contrast 5.4 on the light one, 4.9 on the dark one."""
STEPS = ("#fbe9c6", "#f3cc8a", "#e5a752", "#c97f2a", "#9c5516", "#67330c")
FLOW = "#213a7c"

MEDIAN = "#1c3d85"
INNER_BAND = "#93aedd"
OUTER_BAND = "#d3dff3"
BAND_EDGE = "#5b7dbd"
ALARM = "#a3271b"

DARK = {
    PAPER: "#171b21",
    INK: "#eef1f5",
    SOFT_INK: "#aab3c0",
    GRID: "#343b46",
    OUTLINE: "#7e8896",
    EMPTY: "#262c35",
    HATCH: "#4a5361",
    CATEGORIES[0]: "#6d87f2",
    CATEGORIES[1]: "#f2c46c",
    CATEGORIES[2]: "#34c5d1",
    CATEGORIES[3]: "#b07391",
    CATEGORIES[4]: "#e87040",
    CATEGORIES[5]: "#d3e6f0",
    OTHER: "#8b95a3",
    STEPS[0]: "#3d2c18",
    STEPS[1]: "#5f401a",
    STEPS[2]: "#8a5a1e",
    STEPS[3]: "#b97c2d",
    STEPS[4]: "#dfa450",
    STEPS[5]: "#f8da9f",
    FLOW: "#8fb4ff",
    MEDIAN: "#b9d0ff",
    INNER_BAND: "#4668a6",
    OUTER_BAND: "#26385a",
    BAND_EDGE: "#6a8fd0",
    ALARM: "#ff9d8f",
}


def relative_luminance(colour: str) -> float:
    """Relative luminance of a colour such as `#263f80` (WCAG 2.1). [unitless, 0..1]"""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast_ratio(first: str, second: str) -> float:
    """
    Contrast of two colours (WCAG 2.1). [unitless, 1..21]

    Examples
    --------
    >>> contrast_ratio("#000000", "#ffffff")
    21.0
    """
    low, high = sorted((relative_luminance(first), relative_luminance(second)))
    return (high + 0.05) / (low + 0.05)


def write_dark_rules() -> str:
    """CSS rules that exchange every colour of a chart for its dark one; for a dark media query."""
    return "\n".join(
        f'svg.chart [{attribute}="{light}"] {{ {attribute}: {dark}; }}'
        for light, dark in DARK.items()
        for attribute in ("fill", "stroke")
    )
