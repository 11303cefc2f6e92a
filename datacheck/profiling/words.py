"""Which texts stand for nothing, and which for a number in words."""

from __future__ import annotations

# A word alone proves nothing: the detectors weigh how often it stands, and among what.
_CERTAIN = r"-?nan|-?1\.#(?:[qs]nan|ind)|null|\\n"
#: What a questionnaire or a form says of a question without an answer.
_UNSAID = (
    r"no[ _](?:answer|response)|not[ _](?:answered|asked|known|measured|recorded|reported|stated)"
)
_LIKELY = (
    r"n\.?/?a\.?|none|nat|nil|n\.d\.|missing|unk|unknown|undefined|tbd|void|no[ _]?data|"
    rf"not[ _](?:available|applicable)|{_UNSAID}"
)
#: What a spreadsheet writes where a formula fails: #DIV/0!, #NAME?, #N/A, Err:502;
#: in other languages #NV, #N/D, #N/B.
_FAILED = r"#[a-z0-9/_]+[!?]|#n/?[abdv]|err:\d{3}"
#: Words that nobody writes for a value. ``<NA>`` is pandas'.
CERTAIN = rf"^(?:{_CERTAIN}|{_FAILED}|[(\[]null[)\]]|<na>|)$"
#: Texts that people write for "no value", lower case and stripped: words, bare or in brackets, and
#: marks that stand for a blank.
MISSING = (
    rf"^(?:{_CERTAIN}|{_FAILED}|{_LIKELY}|[<(\[{{](?:{_CERTAIN}|{_LIKELY}|blank|empty)[>)\]}}]|"
    r"\p{Pd}+|\.+|…|[?\uff1f]+|\*|_+|)$"
)
#: Words that a category may well use for a real value ("none": no chimney); so may one mark.
DOUBTFUL = rf"^(?:none|nat|nil|unknown|unk|na|void|{_UNSAID}|[^\w?\uff1f])$"

_UNDER_20 = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
#: Whole numbers in words.
NUMBER_WORDS = {word: value for value, word in enumerate(_UNDER_20.split())} | {
    word: 10 * tens for tens, word in enumerate(_TENS.split(), 2)
}
