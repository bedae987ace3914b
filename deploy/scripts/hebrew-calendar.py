"""Compares days of the Hebrew calendar, holidays and the sun as `hebrew calendar` prints them with pyluach and hdate; prints what differs.

Read from standard input. Ends with 1 if anything differs that is not explained below.
"""
import datetime
import sys

from hdate import HDateInfo, Location, Zmanim
from pyluach import dates

MONTHS = {"nisan": 1, "iyar": 2, "sivan": 3, "tammuz": 4, "av": 5, "elul": 6, "tishri": 7, "heshvan": 8, "kislev": 9, "tevet": 10, "shevat": 11}

# Our names to theirs. pyluach knows no days of the state, hdate no eves of the state's days. Rabin's day is not compared: the law says 12 Heshvan
# (Thursday when that is a Friday), hdate has 11 Heshvan.
PYLUACH = {
    "roshHashana": "Rosh Hashana", "fastOfGedaliah": "Tzom Gedalia", "yomKippur": "Yom Kippur", "sukkot": "Succos", "sukkotIntermediate": "Succos",
    "hoshanaRabba": "Succos", "simchatTorah": "Shmini Atzeres", "chanukah": "Chanuka", "fastOfTevet": "10 of Teves", "tuBishvat": "Tu B'shvat",
    "purimKatan": "Purim Katan", "fastOfEsther": "Taanis Esther", "purim": "Purim", "shushanPurim": "Shushan Purim", "pesach": "Pesach",
    "pesachIntermediate": "Pesach", "seventhOfPesach": "Pesach", "secondPesach": "Pesach Sheni", "lagBaOmer": "Lag Ba'omer", "shavuot": "Shavuos",
    "fastOfTammuz": "17 of Tamuz", "fastOfAv": "9 of Av", "tuBAv": "Tu B'av",
}
HDATE = {
    "roshHashana:0": "erev_rosh_hashana", "roshHashana:1": "rosh_hashana_i", "roshHashana:2": "rosh_hashana_ii", "fastOfGedaliah:1": "tzom_gedaliah",
    "yomKippur:0": "erev_yom_kippur", "yomKippur:1": "yom_kippur", "sukkot:0": "erev_sukkot", "sukkot:1": "sukkot", "hoshanaRabba:1": "hoshana_raba",
    "tuBishvat:1": "tu_bshvat", "fastOfEsther:1": "taanit_esther", "purim:1": "purim", "shushanPurim:1": "shushan_purim", "pesach:0": "erev_pesach",
    "pesach:1": "pesach", "seventhOfPesach:1": "pesach_vii", "independenceDay:1": "yom_haatzmaut", "lagBaOmer:1": "lag_bomer",
    "shavuot:0": "erev_shavuot", "shavuot:1": "shavuot", "fastOfTammuz:1": "tzom_tammuz", "fastOfAv:1": "tisha_bav", "tuBAv:1": "tu_bav",
    "holocaustDay:1": "yom_hashoah", "memorialDay:1": "yom_hazikaron", "jerusalemDay:1": "yom_yerushalayim", "familyDay:1": "family_day",
    "jabotinskyDay:1": "zeev_zhabotinsky_day", "simchatTorah:1": "simchat_torah", "fastOfTevet:1": "asara_btevet",
}


def minutes(text):
    hours, rest = text.split(":")
    return int(hours) * 60 + int(rest)


def main():
    differences = []
    counted = {"days": 0, "holidays with pyluach": 0, "holidays with hdate": 0, "sunsets": 0, "begins of rest": 0, "ends of rest": 0}
    most = {"sunset": 0, "begin": 0, "end": 0}
    place = Location("Jerusalem", 31.778, 35.235, "Asia/Jerusalem", 0, diaspora=False)

    def differs(day, what, ours, theirs):
        differences.append(f"{day}\t{what}\tours {ours}\ttheirs {theirs}")

    for name in ["sukkotIntermediate", "pesachIntermediate"]:
        HDATE.update({f"{name}:{day}": "hol_hamoed_" + name[:6].removesuffix("I") for day in range(1, 6)})
    HDATE.update({f"chanukah:{day}": "chanukah" for day in range(1, 9)})
    names = set(HDATE.values())
    for line in sys.stdin:
        iso, year, month, day, holidays, sunset, entry, leave = line.rstrip("\n").split("\t")
        date = datetime.date.fromisoformat(iso)
        counted["days"] += 1
        # Dates of the Hebrew calendar.
        hebrew = dates.GregorianDate(date.year, date.month, date.day).to_heb()
        number = MONTHS.get(month) or {"adarI": 12, "adar": 13 if hebrew.month == 13 else 12}[month]
        if (int(year), number, int(day)) != (hebrew.year, hebrew.month, hebrew.day):
            differs(iso, "Hebrew date", f"{year}-{month}-{day}", f"{hebrew.year}-{hebrew.month}-{hebrew.day}")
        ours = [name for name in holidays.split(",") if name]
        # Feasts and fasts of pyluach.
        mine = {PYLUACH[name.split(":")[0]] for name in ours if name.split(":")[0] in PYLUACH and not name.endswith(":0")}
        theirs = {name for name in (hebrew.festival(israel=True), hebrew.fast_day()) if name}
        counted["holidays with pyluach"] += len(theirs)
        if mine != theirs:
            differs(iso, "pyluach", sorted(mine), sorted(theirs))
        # All days of hdate that we have a name for.
        info = HDateInfo(date, diaspora=False)
        mine = {HDATE[name] for name in ours if name in HDATE}
        theirs = {holiday.name for holiday in info.holidays} & names
        counted["holidays with hdate"] += len(theirs)
        if mine != theirs:
            differs(iso, "hdate", sorted(mine), sorted(theirs))
        # The sun, at sea level.
        zmanim = Zmanim(date, location=place, candle_lighting_offset=40)
        theirs = zmanim.shkia.local
        counted["sunsets"] += 1
        gap = abs(minutes(sunset) - theirs.hour * 60 - theirs.minute)
        most["sunset"] = max(most["sunset"], gap)
        if gap > 1:
            differs(iso, "sunset", sunset, theirs.strftime("%H:%M"))
        begin = zmanim.candle_lighting
        if entry != "-":
            counted["begins of rest"] += 1
            gap = abs(minutes(entry) - begin.hour * 60 - begin.minute) if begin else 99
            most["begin"] = max(most["begin"], gap)
            if gap > 2:
                differs(iso, "begin of rest", entry, begin)
        end = zmanim.havdalah
        if leave != "-":
            counted["ends of rest"] += 1
            gap = abs(minutes(leave) - end.hour * 60 - end.minute) if end else 99
            most["end"] = max(most["end"], gap)
            if gap > 2:
                differs(iso, "end of rest", leave, end)
    print("compared: " + ", ".join(f"{count} {what}" for what, count in counted.items()))
    print("largest gaps in minutes: " + ", ".join(f"{what} {gap}" for what, gap in most.items()))
    print(f"differences: {len(differences)}")
    for difference in differences[:40]:
        print("  " + difference)
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
