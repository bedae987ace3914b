"""Compares `hebrew phone` with Google's library (phonenumbers) on numbers of every kind, written in many ways; prints what differs.

  hebrew-phones.py numbers           prints the written numbers, one a line (always the same ones)
  hebrew-phones.py check ANSWERS     compares the answers, one a line, with what the library makes of the same numbers
Only numbers that the library calls valid are compared: ours takes more of what is written on forms, such as 03-1234567. Star numbers and short
ones have no E.164 form and are counted apart.
"""
import random
import sys

import phonenumbers


def numbers():
    random.seed(5)
    digits = lambda count: "".join(random.choice("0123456789") for _ in range(count))
    out = []
    for _ in range(4000):
        kind = random.randrange(8)
        if kind <= 2:
            area, rest = "05" + random.choice("01234568"), digits(7)
        elif kind <= 4:
            area, rest = random.choice(["02", "03", "04", "08", "09"]), random.choice("23456789") + digits(6)
        elif kind == 5:
            area, rest = "07" + random.choice("2346789"), digits(7)
        elif kind == 6:
            area, rest = random.choice(["1700", "1800"]), digits(6)
        else:
            country = random.choice(["1", "44", "49", "33", "7", "380", "971", "91", "61", "39"])
            example = phonenumbers.example_number_for_type(phonenumbers.region_code_for_country_code(int(country)), phonenumbers.PhoneNumberType.MOBILE)
            national = list(str(example.national_number))
            for index in range(len(national) - 4, len(national)):
                national[index] = random.choice("0123456789")
            out.append(random.choice(["+{} {}", "00{}{}", "+{}-{}", "+{}{}"]).format(country, "".join(national)))
            continue
        if area.startswith("1"):
            out.append(random.choice(["{0}{1}", "1-{2}-{1}", "+972{0}{1}", "1 {2} {1}"]).format(area, rest, area[1:]))
        else:
            form = random.choice(["{0}{1}", "{0}-{1}", "({0}) {1}", "+972{2}{1}", "+972 (0){2} {1}", "00972{2}{1}", "972{2}{1}", "+972-{2}-{1}", "{0} {3} {4}", "{0}.{3}.{4}"])
            out.append(form.format(area, rest, area[1:], rest[:3], rest[3:]))
    return out


def main():
    if sys.argv[1] == "numbers":
        print("\n".join(numbers()))
        return 0
    answers = open(sys.argv[2], encoding="utf-8").read().split("\n")
    differences, compared, lenient = [], 0, 0
    for text, ours in zip(numbers(), answers):
        try:
            parsed = phonenumbers.parse(text, "IL")
        except phonenumbers.NumberParseException:
            continue
        if not phonenumbers.is_valid_number(parsed):
            lenient += ours != "none"
            continue
        compared += 1
        theirs = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
        if ours != theirs:
            differences.append(f"{text}\tours {ours}\ttheirs {theirs}")
    print(f"compared: {compared} valid numbers; {lenient} more that only ours takes")
    print(f"differences: {len(differences)}")
    for difference in differences[:20]:
        print("  " + difference)
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
