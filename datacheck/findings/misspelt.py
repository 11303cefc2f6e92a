"""Categories that may be another's misspelling, and truths that are told in several words.

No more than guesses: a rare word one letter from a common one, and "yes" beside "true".
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping

#: A word of so many letters or more, so many times as rare as one that stands so often, is likely
#: misspelt; names, of which there are more than so many, are near each other by chance.
LETTERS, TIMES, USUAL, CATEGORIES = 5, 20, 20, 500
#: A word of so many letters is another's spelling, where that stands so often, and so many times as
#: often, and only marks between and above the letters differ.
SHORTEST, OFTEN, OFTENER = 3, 3, 2
_DIGIT = re.compile("[0-9]")
_BETWEEN = str.maketrans("", "", " ._-'\u2019/")
#: Letters with marks above them, as they are written where there are none.
_WRITTEN_OUT = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "å": "aa"}
    | {"Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "Æ": "Ae", "Ø": "Oe", "Å": "Aa"}
)
#: A letter in the other case is a slip where it is so many times as rare.
RARE_LETTER = 10
#: Of more words than this nobody has shortened each.
SHORTENED = 60
#: How people say yes and no.
TRUTHS = (("true", "false"), ("yes", "no"), ("y", "n"), ("t", "f"), ("on", "off"), ("1", "0"))
_SAID = {word: (pair, side) for pair, words in enumerate(TRUTHS) for side, word in enumerate(words)}


def misspelt(counts: Mapping[str, int]) -> dict[str, list[str]]:
    """By a common category, the rare ones that one letter more, less, or exchanged makes of it.

    >>> misspelt({"Kettle": 300, "Ketle": 3, "Kettel": 1, "Ketles": 2, "Kettle 2": 1})
    {'Kettle': ['Ketle', 'Kettel']}
    """
    most = max(counts.values(), default=0)
    if len(counts) > CATEGORIES or most < USUAL:
        return {}
    words = {text: text.casefold() for text in counts if len(text) >= LETTERS}
    words = {text: word for text, word in words.items() if not any(map(str.isdigit, word))}
    usuals = defaultdict(list)
    for text, word in words.items():
        if counts[text] >= USUAL:
            for length in range(len(word) - 1, len(word) + 2):
                usuals[length].append(text)
    found = defaultdict(list)
    for text, word in words.items():
        if counts[text] * TIMES > most:
            continue
        first, end = word[0], word[-2:]  # of which one mistake leaves one
        near = (
            each for each in usuals[len(word)] if words[each][0] == first or words[each][-2:] == end
        )
        close = {usual for usual in near if _is_one_off(word, words[usual])}
        likely = {usual for usual in close if counts[usual] >= TIMES * counts[text]}
        if len(close) == len(likely) == 1:
            found[likely.pop()].append(text)
    return dict(found)


def otherwise_marked(counts: Mapping[str, int]) -> dict[str, list[str]]:
    """By a category, what differs from it by accents, points, hyphens or blanks alone.

    >>> otherwise_marked({"New York": 30, "New-York": 2, "USA": 9, "U.S.A.": 4, "Zürich": 8})
    {'New York': ['New-York'], 'USA': ['U.S.A.']}
    >>> otherwise_marked({"Zürich": 30, "Zurich": 9, "A-": 30, "A": 2, "1-2": 30, "12": 4})
    {'Zürich': ['Zurich']}
    >>> otherwise_marked({"Køge": 30, "Koege": 2, "Koge": 3})
    {'Køge': ['Koege']}
    """
    if len(counts) > CATEGORIES or max(counts.values(), default=0) < OFTEN:
        return {}
    alike = defaultdict(list)
    for text in counts:
        if _DIGIT.search(text) is None:
            for bare in {_letters_of(text), _letters_of(text.translate(_WRITTEN_OUT))}:
                if bare is not None:
                    alike[bare].append(text)
    found = defaultdict[str, list[str]](list)
    for spellings in alike.values():
        usual, *others = sorted(spellings, key=lambda text: (-counts[text], text))
        rarer = [text for text in others if counts[usual] >= OFTENER * counts[text]]
        if rarer and counts[usual] >= OFTEN:
            found[usual] += [text for text in rarer if text not in found[usual]]
    return dict(found)


def _letters_of(text: str) -> str | None:
    """A text's letters without their accents and what stands between them; None of other texts."""
    parted = unicodedata.normalize("NFKD", text.replace("&", "and")).translate(_BETWEEN)
    bare = "".join(mark for mark in parted if not unicodedata.combining(mark)).casefold()
    return bare if bare.isalpha() and len(bare) >= SHORTEST else None


def truths_of(counts: Mapping[str, int]) -> dict[str, list[str]]:
    """By how a column mostly says yes and no, the other words for them; of truths alone.

    >>> truths_of({"True": 60, "False": 50, "yes": 9, "no": 4})
    {'True': ['yes'], 'False': ['no']}
    >>> truths_of({"yes": 60, "no": 50, "maybe": 2}), truths_of({"Y": 3, "N": 4})
    ({}, {})
    """
    known = {}
    for text in counts:
        place = _SAID.get(text.strip().casefold())
        if place is None:
            return {}
        known[text] = place
    if len({pair for pair, _ in known.values()}) < len(("a", "b")):
        return {}
    times: dict[int, int] = defaultdict(int)
    for text, (pair, _) in known.items():
        times[pair] += counts[text]
    usual = max(times, key=lambda pair: times[pair])
    found = {}
    for side in range(2):
        own = [text for text, place in known.items() if place == (usual, side)]
        others = [text for text, (pair, at) in known.items() if at == side and pair != usual]
        if not own:
            return {}
        if others:
            found[max(own, key=lambda text: counts[text])] = others
    return found


def shortened(counts: Mapping[str, int]) -> dict[str, list[str]]:
    """By each category, what is short for it, where every word is one of such a pair.

    >>> shortened({"M": 40, "F": 50, "Male": 9, "Female": 4, "f": 1})
    {'Male': ['M'], 'Female': ['F', 'f']}
    >>> shortened({"A": 4, "A+": 4, "B": 9, "B+": 2}), shortened({"In": 4, "Inn": 5, "Rome": 3})
    ({}, {})
    """
    if len(counts) > SHORTENED:
        return {}
    written = defaultdict[str, list[str]](list)
    for text in counts:
        written[text.strip().rstrip(".").casefold()].append(text)
    if not all(map(str.isalpha, written)):
        return {}
    longer = {
        word: [other for other in written if other.startswith(word) and len(other) > len(word) + 1]
        for word in written
    }
    pairs = {word: others[0] for word, others in longer.items() if others}
    alone = all(len(longer[word]) == 1 for word in pairs)
    longs = {*pairs.values()}
    if not alone or not 1 < len(pairs) == len(longs) or longs | {*pairs} != {*written}:
        return {}
    return {max(written[pairs[w]], key=counts.__getitem__): written[w] for w in pairs}


def letters_in_other_case(counts: Mapping[str, int]) -> dict[str, list[str]]:
    """By a letter that stands for a category, the same one in the other case, where that is rare.

    >>> letters_in_other_case({"M": 300, "F": 280, "m": 9, "x": 3, "a": 30, "A": 20})
    {'M': ['m']}
    """
    letters = [text for text in counts if len(text) == 1 and text != text.swapcase()]
    slips = (
        (text.swapcase(), text)
        for text in letters
        if counts.get(text.swapcase(), 0) >= max(USUAL, RARE_LETTER * counts[text])
    )
    return {usual: [slip] for usual, slip in slips}


def initials_of(counts: Mapping[str, int]) -> dict[str, list[str]]:
    """By a category of several words, what is written for it by their first letters.

    >>> initials_of({"United States": 40, "US": 4, "U.S.": 2, "Germany": 9, "UK": 8})
    {'United States': ['US', 'U.S.']}
    """
    if len(counts) > CATEGORIES:
        return {}
    several = defaultdict[str, list[str]](list)
    for text in counts:
        words = text.split()
        if len(words) > 1 and all(word[0].isalpha() for word in words):
            several["".join(word[0] for word in words if word[0].isupper())].append(text)
    found = defaultdict[str, list[str]](list)
    for text in counts:
        meant = several.get(text.replace(".", "").strip(), [])
        if text.isupper() and len(text) > 1 and len(meant) == 1 and text not in meant:
            found[meant[0]].append(text)
    return dict(found)


def _is_one_off(word: str, other: str) -> bool:
    """Whether a letter more, less, another, or two exchanged make one word of the other."""
    if word == other:
        return False
    short, long = sorted((word, other), key=len)
    same = _beginning(short, long)
    if len(short) < len(long):
        return len(long) - len(short) == 1 and short[same:] == long[same + 1 :]
    if short[same + 1 :] == long[same + 1 :]:
        return True
    exchanged = short[same : same + 2] == long[same : same + 2][::-1]
    return exchanged and short[same + 2 :] == long[same + 2 :]


def _beginning(one: str, other: str) -> int:
    """How many letters two words begin with alike; by halves, for they may be whole pages."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
