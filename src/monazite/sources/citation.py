"""Whether a citation can be looked up: who said it, when or under which number, and what to look for."""

import re

NOT_CITABLE = re.compile(
    r"unverified|own knowledge|placeholder|from memory|as above|to be confirmed|report on the event"
    r"|^(computed|derived) from|github\.com|\bforum\b",
    re.IGNORECASE,
)
"""Words of a source that nobody can look up."""
MONTH = re.compile(r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?", re.IGNORECASE)
NUMBER = re.compile(r"\d+")
YEAR = re.compile(r"(19|20)\d\d")
WORD = re.compile(r"[^\W\d_]{2,}(?:[.&'\u2019-][^\W\d_]+)*")
NO_BODY = re.compile(
    r"act|article|cabinet|catalogue|circular|council|decision|decree|directive|excerpt|executive|federal|final|gazette"
    r"|government|instruments?|interim|law|list|ministers?|ministry|notice|order|pages?|parliament|president|press"
    r"|proclamation|regulations?|release|report|resolution|rules?|search|state|statement|statistics|statutory|study"
    r"|table|web",
    re.IGNORECASE,
)
"""Words that name a kind of text or of office and not whose it is."""


def citation_problem(text: str) -> str:
    """
    Say what a citation lacks to be looked up; "" if nothing.

    A citation names a body or an author, has a year or a number, and says more than both: a title, a journal, a day
    or the number of a text.

    Parameters
    ----------
    text : str
        A citation.

    Returns
    -------
    str
        The first thing that is missing, or "".

    Examples
    --------
    >>> citation_problem("Global Trade Alert, intervention 16118")
    ''
    >>> citation_problem("Statutory Instrument 213 of 2022")
    'names no body or author'
    >>> citation_problem("IEA, Policies database")
    'has no year and no number'
    >>> citation_problem("Reuters, Sept 2023"), citation_problem("Huang et al. 2023")
    ('has no title, day or number beside the year', 'has no title, day or number beside the year')
    """
    if NOT_CITABLE.search(text):
        return "cannot be looked up"
    words = [word for word in WORD.findall(text) if not MONTH.fullmatch(word)]
    if not any(_is_name(word) for word in words):
        return "names no body or author"
    if not NUMBER.search(text):
        return "has no year and no number"
    return "" if _says_more(text) else "has no title, day or number beside the year"


def _is_name(word: str) -> bool:
    """Whether a word can name a body or an author: it has a capital letter or is a site, and is no kind of text."""
    is_site = "." in word.strip(".")
    return (is_site or any(letter.isupper() for letter in word)) and not NO_BODY.fullmatch(word)


def _says_more(text: str) -> bool:
    """Whether a citation says more than its first part and a year."""
    who, _, rest = text.partition(",")
    if "et al" in who:
        who, _, after = who.partition("et al")
        rest = f"{after},{rest}"
    elif not rest:
        return len(WORD.findall(who)) > 2 or len(NUMBER.findall(YEAR.sub(" ", who))) > 0
    numbers = NUMBER.findall(YEAR.sub(" ", rest))
    words = [word for word in WORD.findall(rest) if not MONTH.fullmatch(word) and not NO_BODY.fullmatch(word)]
    is_table = bool(re.fullmatch(r"[\s.,]*((19|20)\d\d,?)? *(table|p\.|pp\.) [\d-]+", rest))
    return (bool(numbers) or bool(words)) and not is_table
