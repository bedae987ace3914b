"""Two thousand inputs by kind, the same on every run."""

import random

# A noun's singular, plural and gender, as people count it.
NOUNS = """
דירה דירות f|חדר חדרים m|יום ימים m|שנה שנים f|שעה שעות f|דקה דקות f|חודש חודשים m|שבוע שבועות m|לילה לילות m|איש אנשים m|אישה נשים f|ילד ילדים m|ילדה ילדות f
לקוח לקוחות m|פגישה פגישות f|תור תורים m|שולחן שולחנות m|כיסא כיסאות m|מקום מקומות m|עיר ערים f|רחוב רחובות m|מילה מילים f|ביצה ביצים f|פעם פעמים f|תשלום תשלומים m
כרטיס כרטיסים m|מכונית מכוניות f|חנות חנויות f|בקבוק בקבוקים m|הודעה הודעות f|הזמנה הזמנות f|קומה קומות f|חלון חלונות m|שקל שקלים m|אגורה אגורות f|טיפול טיפולים m|רופאה רופאות f
""".replace("\n", "|").strip("|").split("|")
NOUNS = [tuple(noun.split()) for noun in NOUNS]
MONTHS = "ינואר פברואר מרץ אפריל מאי יוני יולי אוגוסט ספטמבר אוקטובר נובמבר דצמבר".split()
UNITS = ['מ"ר', 'ק"מ', 'ק"ג', 'ס"מ', "גר'"]
ABBREVIATIONS = 'ד"ר עו"ד רו"ח ת"א ארה"ב צה"ל מנכ"ל בע"מ ע"י אח"כ בד"כ סה"כ מע"מ נדל"ן חו"ל דו"ח יו"ר מו"מ ת"ז ת"ד'.split() + [
    "רח' הרצל", "פרופ' לוי", "גב' כהן", "וכו'", "מס' 7", "עמ' 12"]
FRAMES = ["{}", "יש לנו {} פנויות היום", "קבענו {}.", "עד {} בלבד"]


def inputs():
    dice = random.Random(2026)
    result = []

    def add(kind, text):
        result.append((kind, text))

    def counted(number=None):
        singular, plural, _ = dice.choice(NOUNS)
        number = number or dice.choice([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 18, 20, 21, 22, 36, 45, 100, 101, 103, 250, 365, 1000, 1500, 2345])
        return f"{number} {singular if number == 1 else plural}"

    for _ in range(440):
        text = counted()
        add("count", dice.choice(["{}", "יש {} כאן", "ב-{}", "עוד {}."]).format(text))
    for _ in range(40):
        add("two counts", dice.choice(["{} ו-{}", "{} ו{}", "{} או {}"]).format(counted(), counted()))
    for _ in range(20):
        add("part of", f"{dice.choice(['1/2', '1/3', '2/3', '1/4', '3/4'])} מה{dice.choice([noun for noun in NOUNS if not noun[1].startswith('ה')])[1]}")
    for _ in range(200):
        add("number", str(dice.choice([dice.randint(0, 99), dice.randint(100, 999), dice.randint(1000, 99999)])))
    for _ in range(60):
        add("large", f"{dice.randint(100, 9999) * dice.choice([1000, 500, 10000, 100000]):,}")
    for _ in range(200):
        add("time", dice.choice(["{}", "ב-{}", "בשעה {}", "נפגש ב-{}"]).format(f"{dice.randint(0, 23):02d}:{dice.choice([0, 0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, dice.randint(0, 59)]):02d}"))
    for _ in range(120):
        day, month, year = dice.randint(1, 28), dice.randint(1, 12), dice.randint(1990, 2030)
        add("date", dice.choice(["{d}.{m}.{y}", "{d:02d}/{m:02d}/{y}", "{y}-{m:02d}-{d:02d}", "ב-{d}.{m}.{y}"]).format(d=day, m=month, y=year))
    for _ in range(80):
        add("day and month", dice.choice(["{} ב{}", "ב-{} ב{}", "ה-{} ב{}"]).format(dice.randint(1, 31), dice.choice(MONTHS)))
    for _ in range(160):
        shekels = dice.choice([dice.randint(1, 30), dice.randint(10, 999), dice.randint(1000, 20000)])
        agorot = dice.choice([None, None, 0, 10, 50, 90, 99, 5])
        amount = f"{shekels:,}" if agorot is None else f"{shekels:,}.{agorot:02d}"
        add("money", dice.choice(["{} ₪", "{}₪", "₪{}", 'עולה {} ש"ח']).format(amount))
    for _ in range(60):
        add("foreign money", dice.choice(["${}", "{}$", "{}€"]).format(dice.choice([1, 2, 5, 10, 20, 50, 99, 100, 250, 1000])))
    for _ in range(100):
        add("percent", f"{dice.choice([1, 2, 3, 5, 7, 10, 12, 15, 17, 20, 25, 33, 50, 75, 90, 100, '0.5', '1.5', '2.5', '3.2', '12.5'])}%")
    for _ in range(80):
        add("decimal", f"{dice.randint(0, 40)}.{dice.choice(['5', '2', '7', '25', '75', '14', '05', '141'])}")
    for _ in range(80):
        low = dice.randint(1, 20)
        add("range", f"{low}-{low + dice.randint(1, 10)} {dice.choice(NOUNS)[1]}")
    for _ in range(60):
        add("phone", dice.choice(["05{}-{:07d}", "0{}-{:07d}"]).format(dice.choice([2, 3, 4, 8]), dice.randint(1000000, 9999999)))
    for _ in range(60):
        add("unit", f"{dice.choice([1, 2, 3, 5, 8, 10, 12, 25, 80, 100, 120, '1.5', '2.5'])} {dice.choice(UNITS)}")
    for _ in range(40):
        add("degree", f"{dice.choice(['', '-'])}{dice.randint(1, 40)}°")
    for _ in range(60):
        singular, _, gender = dice.choice([noun for noun in NOUNS if noun[0] in {"קומה", "יום", "פעם", "שנה", "לקוח", "פגישה", "מקום", "שבוע"}])
        add("ordinal", f"ה{singular} ה-{dice.randint(1, 25)}")
    for _ in range(40):
        add("definite", f"{dice.randint(2, 12)} ה{dice.choice([noun for noun in NOUNS if not noun[1].startswith('ה')])[1]}")
    for _ in range(40):
        add("fraction", f"{dice.choice(['1/2', '1/3', '2/3', '1/4', '3/4', '1/5', '2/5', '3/8', '1/10'])}{dice.choice(['', ' שעה', ' כוס'])}")
    for _ in range(60):
        add("abbreviation", dice.choice(ABBREVIATIONS))
    add_total = len(result)
    assert add_total == 2000, add_total
    return result
