"""Say once what holds of several markets, instead of once for each."""

import re
from collections.abc import Sequence


def join_markets(told: Sequence[tuple[str, str, str]]) -> list[str]:
    """
    Write a line for each sentence, headed by its market, and one line where several markets share a sentence.

    Parameters
    ----------
    told : sequence of (title, material, sentence)
        Title of the market, its material in words, and what is said of it; sentences that differ by the name of the
        material only are the same.

    Returns
    -------
    list of str
        In the order in which each sentence comes first.

    Examples
    --------
    >>> join_markets([("cerium", "cerium", "no end uses of cerium in Japan."), ("cerium", "cerium", "China gains."),
    ...               ("samarium", "samarium", "no end uses of samarium in Japan.")])
    ['Cerium and samarium: no end uses of them in Japan.', 'Cerium: China gains.']
    """
    groups: dict[str, dict[str, str]] = {}
    for title, material, text in told:
        plain = re.sub(rf"\b{re.escape(material)}\b", "them", text)
        groups.setdefault(plain, {}).setdefault(title, text)
    lines = []
    for plain, texts in groups.items():
        names = join_words(list(texts))
        [*_, text] = texts.values()
        lines.append(f"{names[0].upper()}{names[1:]}: {plain if len(texts) > 1 else text}")
    return lines


def join_words(names: Sequence[str]) -> str:
    """
    Join names as in a sentence.

    Examples
    --------
    >>> join_words(["chips", "lamps", "motors"])
    'chips, lamps and motors'
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
