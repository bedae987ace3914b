"""What the product says, the product understands: every minute of a day in both ways of telling it, two years of dates, prices, telephone numbers.

  hebrew-roundtrip.py PROGRAM [SAY]   the `hebrew` program, and another one to say with if it is not the same
Written forms go through `hebrew say`, what that prints through `hebrew understand`. Prints what does not come back; ends with 1 then.
"""
import datetime
import random
import subprocess
import sys

NOW = "2026-03-01T10:00:00+02:00"


def run(command, lines):
    done = subprocess.run(command, input="\n".join(lines) + "\n", capture_output=True, text=True, check=True)
    return done.stdout.split("\n")[: len(lines)]


def main():
    program = sys.argv[1]
    speaker = sys.argv[2] if len(sys.argv) > 2 else program
    random.seed(3)
    faults = 0

    def trip(name, kind, pairs, options=()):
        nonlocal faults
        said = run([speaker, "say", *options], [written for written, _ in pairs])
        heard = run([program, "understand", "--kind", kind, "--now", NOW], said)
        bad = [(pair, words, back) for pair, words, back in zip(pairs, said, heard) if back != pair[1]]
        faults += len(bad)
        print(f"{name:24} {len(pairs):6} said, {len(bad)} lost")
        for (written, wanted), words, back in bad[:10]:
            print(f"  {written}: {words}: {back} instead of {wanted}")

    minutes = [f"{hour:02d}:{minute:02d}" for hour in range(24) for minute in range(60)]
    trip("minutes of a day", "time", [(f"ב-{time}", time) for time in minutes])
    trip("the same, minutes to", "time", [(f"ב-{time}", time) for time in minutes], ("--clock", "countdown"))
    first = datetime.date(2026, 3, 1)
    days = [first + datetime.timedelta(ahead) for ahead in range(730)]
    trip("dates with their year", "date", [(f"{day.day}.{day.month}.{day.year}", day.isoformat()) for day in days])
    trip("dates of one year", "date", [(f"ב-{day.day}/{day.month}", day.isoformat()) for day in days[:365]])
    prices = []
    for _ in range(2000):
        shekels = random.randrange(1, 10 ** random.randrange(1, 8))
        agorot = random.choice([0, 0, 90, 50, 5, 99, 10])
        prices.append((f"{shekels}.{agorot:02d} ₪" if agorot else f"{shekels} ₪", f"{shekels}.{agorot:02d} ILS"))
    trip("prices", "price", prices)
    phones = []
    for _ in range(1000):
        area = random.choice(["050", "052", "054", "058", "02", "03", "08", "077", "1-700", "1-800", "*"])
        length = {"*": 4, "1-700": 6, "1-800": 6}.get(area, 7)
        phones.append(("" if area == "*" else "-").join([area, "".join(random.choice("0123456789") for _ in range(length))]))
    trip("telephone numbers", "phone", list(zip(phones, run([program, "phone"], phones))))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
