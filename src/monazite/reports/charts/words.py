"""Words and figures in charts: how a number is written, how wide a text is, where it breaks."""

import math
from collections.abc import Sequence

NARROW, WIDE = "fijlrtI.,:;'|!()[] -", "mwMW%@"
NO_DATA = "no data"
SHARE = "share"  # the unit of shares 0..1; people read them as percentages
SIZES = ((1e9, "G"), (1e6, "M"), (1e4, "k"))


def format_value(value: float, unit: str = "") -> str:
    """
    Write a number for people: three significant digits, whole numbers in full, `no data` where missing.

    Examples
    --------
    >>> format_value(2246.4, "t"), format_value(0.94917), format_value(float("nan"), "t")
    ('2,246 t', '0.949', 'no data')
    >>> format_value(0.94917, "share")
    '94.9 %'
    """
    if math.isnan(value):
        return NO_DATA
    if unit == SHARE:
        return format_share(value)
    if value == 0:
        plain = "0"
    elif abs(value) >= 100:
        plain = f"{value:,.0f}"
    elif abs(value) >= 1e-4:
        digits = max(0, 2 - math.floor(math.log10(abs(value))))
        plain = f"{value:,.{digits}f}"
        plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    else:
        plain = f"{value:.2g}"
    return f"{plain} {unit}".rstrip()


def format_ticks(ticks: Sequence[float], unit: str = "") -> list[str]:
    """
    Write the values of an axis, all in the same size: thousands as k, millions as M; shares as percentages.

    Examples
    --------
    >>> format_ticks([0.0, 5000.0, 10000.0]), format_ticks([0.0, 0.5], "share")
    (['0', '5k', '10k'], ['0 %', '50 %'])
    """
    if unit == SHARE:
        return [f"{format_value(tick * 100)} %" for tick in ticks]
    largest = max(abs(tick) for tick in ticks)
    size, letter = next((pair for pair in SIZES if largest >= pair[0]), (1.0, ""))
    scale = min(size, 1e3) if letter == "k" else size
    return [f"{format_value(tick / scale)}{letter if tick else ''}" for tick in ticks]


def format_share(share: float) -> str:
    """
    Write a share as a percentage with one decimal.

    Examples
    --------
    >>> format_share(0.9491), format_share(float("nan"))
    ('94.9 %', 'no data')
    """
    return NO_DATA if math.isnan(share) else f"{share * 100:.1f} %"


def measure_text(words: str, size: float) -> float:
    """Estimate the width of a text in a sans-serif face, in pixels; some 5 % on the wide side."""
    units = sum(0.32 if c in NARROW else 0.9 if c in WIDE else 0.7 if c.isupper() else 0.57 for c in words)
    return units * size


def shorten_text(words: str, size: float, room: float) -> str:
    """Cut a text to the room there is, with an ellipsis; the full text belongs in the title of the mark."""
    if measure_text(words, size) <= room:
        return words
    kept = words
    while kept and measure_text(kept + "…", size) > room:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def wrap_text(words: str, size: float, room: float) -> list[str]:
    """Break a text into lines no wider than the room there is; a single longer word stays whole."""
    lines: list[str] = []
    for word in words.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and measure_text(longer, size) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
