"""Compares `hebrew say` with two public libraries on generated inputs and says of every difference who is right.

    swift build --product hebrew
    python3 -m venv var/comparison && var/comparison/bin/pip install -r Tests/HebrewTests/Comparison/requirements.txt
    var/comparison/bin/python Tests/HebrewTests/Comparison/compare.py .build/debug/hebrew [--all]

Each rule below was written after looking at its differences; a difference that no rule knows ends the command with 1, as does one where the
library is right. --all prints every difference with its verdict.
"""

import collections
import re
import subprocess
import sys

from heb_tts_normalizer import normalize
from hebrew_num2words import normalize_numbers
from inputs import NOUNS, inputs

OURS, THEIRS, BOTH = "ours right", "theirs right", "both acceptable"
FEMININE_UNITS = r"(?:אחת|שתיים|שתי|שלוש|ארבע|חמש|שש|שבע|תשע|עשר|עשרה)"
DAY_PARTS = r" ?(?:בבוקר|בצהריים|אחר הצהריים|בערב|בלילה|לפנות בוקר)"


def plain(text):
    """Without marks, which are no difference."""
    text = re.sub(r"[,.״׳\"']", "", text)
    return re.sub(r"\s+", " ", text.replace("-", " ").replace("־", " ")).strip()


def without(text, *patterns):
    for pattern in patterns:
        text = re.sub(pattern, "", text)
    return re.sub(r"\s+", " ", text).strip()


def and_anywhere(text):
    """Without ו before number words, to see whether only its place differs."""
    return re.sub(r"(^| )ו(?=[א-ת]{2})", r"\1", text)


def verdict(kind, text, ours, theirs):
    """Who is right, and why; None when no rule knows."""
    left = re.search(r"[\d₪$€%°/]", theirs) or any(mark in theirs for mark in ("גר׳", "גר'", 'ק"', 'מ"', 'ס"', 'ש"ח'))
    o, t = plain(ours), plain(theirs)
    if left:
        return OURS, "figures, signs or units are left as they are written"
    if kind == "abbreviation":
        if t == plain(text):
            return OURS, "the abbreviation is left as it is written"
        if plain(ours).replace("הכול", "הכל") == t:
            return BOTH, "spelling of הכול"
        if 'בע"מ' in text:
            return BOTH, 'בע"מ read as a word, or in full'
        if 'ת"ד' in text:
            return BOTH, "תיבת דואר or תא דואר"
        if re.sub(r"מספר|עמוד", "", o).strip() == re.sub("מס|עמ", "", t).strip():
            return OURS, "the abbreviation is left as it is written"
        if re.sub(r"[א-ת]+ ", "", o, count=1) == re.sub(r"[א-ת]+ ", "", t, count=1):
            return OURS, "the abbreviation is left as it is written"
        return None
    if kind in ("count", "two counts", "range", "definite") and "לקוחות" in text:
        return OURS, "לקוחות is masculine"
    if kind in ("count", "two counts"):
        if re.search(r"(?:^|[ בל])1 ", " " + text.replace("-", "")) or "1 " in text:
            if re.search(r"(?:אחת|אחד) [א-ת]", t) and t != o:
                return OURS, "1 follows its noun"
        if re.search(r"יומיים|שבועיים|חודשיים|שנתיים|שעתיים|פעמיים", o) and re.search(r"שני |שתי ", t):
            return BOTH, "dual, or 2 before the plural"
        return gender(text, o, t)
    if kind == "number":
        if len(t.split()) == len(text) and len(text) >= 3:
            return OURS, "five figures are a number, not digits"
        if text == "1":
            return BOTH, "1 that counts nothing"
        return None
    if kind == "large":
        if and_anywhere(o) == and_anywhere(t):
            return BOTH, "place of ו before the last group"
        if re.search(r"(?:שלושת|ארבעת|חמשת|ששת|שבעת|שמונת|תשעת|עשרת) מיליון", t):
            return OURS, "millions do not take the construct state (שלושה מיליון)"
        return None
    if kind == "time":
        return time_verdict(o, t)
    if kind in ("date", "day and month"):
        if len(t.split()) == 8 and "-" in text:
            return OURS, "an ISO date is no row of digits"
        if t.replace("הראשון ב", "אחד ב") == o:
            return BOTH, "first of the month as an ordinal"
        if text.startswith("ה-") and re.search(r"ה(?:אחד|שניים|שלושה|ארבעה|חמישה|שישה|שבעה|שמונה|תשעה|עשרה) ב", t):
            return BOTH, "a day with its article as an ordinal or a cardinal"
        return None
    if kind == "foreign money":
        if t.replace("דולרים", "דולר") == o.replace("דולרים", "דולר"):
            return BOTH, "dollar in the singular or the plural"
        return None
    if kind == "percent":
        if re.search(r"^(?:אחד|שניים) אחוז", t):
            return OURS, "1 follows its noun, 2 is שני before it"
        if t.replace("אחוזים", "אחוז") == o.replace("אחוזים", "אחוז"):
            return BOTH, "אחוז in the singular or the plural"
        if "." in text and ("נקודה" in t or "אחד וחצי" in t):
            return BOTH, "a half as חצי or as a decimal; gender of a decimal"
        return None
    if kind == "decimal":
        if "נקודה" in t:
            return BOTH, "a half as חצי, decimals as a number or dictated; 29.05 as a date"
        if "נקודה" in o or " ב" in o:
            return OURS, "a decimal without its point is two numbers"
        return BOTH, "gender of 1"
    if kind == "range":
        if "עד" in o and "עד" not in t:
            return OURS, "a range without עד is two numbers; gender of the first"
        if re.search(r"שתיים [א-ת]+$|שניים [א-ת]+$", t):
            return OURS, "2 before its noun is שתי, שני"
        if re.search(r"יום עד יומיים|שעה עד שעתיים|עד שבועיים|עד חודשיים|עד שנתיים|עד פעמיים", o):
            return BOTH, "dual in a range"
        return gender(text, o, t)
    if kind == "unit":
        if re.sub(r"ים\b", "", o).replace("ם", "מ") == re.sub(r"ים\b", "", t).replace("ם", "מ"):
            return BOTH, "a measure in the singular or the plural"
        if "." in text:
            return BOTH, "a half as חצי or as a decimal"
        return None
    if kind == "ordinal":
        noun = text.split()[0][1:]
        if next(gender for singular, _, gender in NOUNS if singular == noun) == "f":
            return OURS, "an ordinal agrees with its noun"
        return None
    if kind == "definite":
        return OURS, "a definite noun has its number in the construct state"
    if kind in ("fraction", "part of"):
        if text == "3/4" and t == "שלושת רבעי":
            return OURS, "nothing follows: absolute state"
        if "רבעי מה" in t:
            return BOTH, "שלושת רבעי before מ, as people say"
        if "שלישים" in t:
            return OURS, "before its noun the part is in the construct state"
        return None
    return None


def gender(text, ours, theirs):
    """Nouns of this list have their gender beside them."""
    for _, plural, kind in NOUNS:
        if plural in text and ours != theirs:
            is_feminine = re.search(rf"(?:^|ו| |ב){FEMININE_UNITS} {plural}", ours) is not None
            if is_feminine == (kind == "f") or re.search("שמונה|עשרים|שלושים|מאה|אלף", ours):
                return OURS, f"gender: {plural} is {'feminine' if kind == 'f' else 'masculine'}"
    return None


def time_verdict(ours, theirs):
    o, t = without(ours, DAY_PARTS), without(theirs, DAY_PARTS)
    if o == t or "חצות" in ours and "שתים עשרה" in theirs:
        return BOTH, "part of the day: not named, or another border"
    if re.search(r"ועשרים ואחד|ושניים$|ואחד$|ושלושה$|וארבעה$|ושישה$|ושבעה$|ותשעה$|ו(?:אחד|שנים|שלושה|ארבעה|חמישה|שישה|שבעה|שמונה|תשעה) עשר$", t):
        return OURS, "minutes are feminine"
    if re.search(r"(?:אחד|שניים|שלושה|ארבעה|שישה|שבעה|תשעה|עשר) ל[א-ת]", t):
        return OURS, "minutes are feminine"
    same = and_anywhere(without(o, " דקות", " דקה")) == and_anywhere(without(t, " דקות", " דקה"))
    if same or re.sub("שתי$", "שתיים", and_anywhere(without(o, " דקות"))) == and_anywhere(t):
        return BOTH, "minutes with or without ו and דקות"
    if re.search(r" ?(?:עשרים|עשרה|חמישה|רבע|[א-ת ]+) ל[א-ת]", t):
        return BOTH, "minutes to the hour"
    if re.search(r"ועשרה$|וחמישה$", t):
        return BOTH, "ועשרה, וחמישה as people say"
    if o.endswith(" ודקה"):
        return BOTH, "one minute"
    return None


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else ".build/debug/hebrew"
    show_all = "--all" in sys.argv
    cases = inputs()
    said = subprocess.run([program, "say"], input="".join(text + "\n" for _, text in cases), capture_output=True, text=True, check=True)
    ours = said.stdout.split("\n")[:-1]
    assert len(ours) == len(cases), "one line for each line"
    failed = False
    for name, library in (("heb-tts-normalizer", normalize), ("hebrew-num2words", normalize_numbers)):
        table = collections.defaultdict(collections.Counter)
        reasons = collections.defaultdict(list)
        unknown = []
        for (kind, text), spoken in zip(cases, ours):
            theirs = library(text)
            table[kind]["inputs"] += 1
            if plain(theirs) == plain(spoken):
                table[kind]["same"] += 1
                continue
            found = verdict(kind, text, spoken, theirs)
            if found is None:
                unknown.append((kind, text, spoken, theirs))
                table[kind]["?"] += 1
                continue
            table[kind][found[0]] += 1
            reasons[found].append((text, spoken, theirs))
            if show_all:
                print("\t".join((name, kind, found[0], text, spoken, theirs)))
        columns = ["inputs", "same", OURS, THEIRS, BOTH, "?"]
        print(f"\n{name}\n{'kind':<16}" + "".join(f"{column:>17}" for column in columns))
        total = collections.Counter()
        for kind, row in table.items():
            total.update(row)
            print(f"{kind:<16}" + "".join(f"{row[column]:>17}" for column in columns))
        print(f"{'all':<16}" + "".join(f"{total[column]:>17}" for column in columns))
        print()
        for (who, why), found in sorted(reasons.items(), key=lambda item: (item[0][0], -len(item[1]))):
            text, spoken, theirs = found[0]
            print(f"{len(found):>5}  {who}: {why}\n         {text} → {spoken}; theirs {theirs}")
        for kind, text, spoken, theirs in unknown:
            print(f"  no rule: {kind}: {text} → {spoken}; theirs {theirs}")
        failed = failed or bool(unknown) or total[THEIRS] > 0
    sys.exit(1 if failed else 0)


main()
