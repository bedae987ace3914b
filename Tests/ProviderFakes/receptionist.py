"""Plays the receptionist that a good model would be: Hebrew, one question at a time, rules and no chance. It knows nothing but the request.

It reads the conversation from its beginning, as a model does: each question of the assistant tells what the next words of the caller answer.
`mischief` names what it does wrong beside what it does right, one of them in each answer: malformed, wrong_date, past_date, no_date, invented_name,
invented_phone, unknown_tool, taken_slot, unknown_field, hang_up.
"""
import json, re

QUESTIONS = {
    "need": ["במה אפשר לעזור?", "מה מחפשים, שכירות, קנייה או מכירה?", "לשכור, לקנות או למכור?"],
    "city": ["באיזו עיר?", "באיזה אזור לחפש?", "איפה תרצו את הדירה, באיזו עיר?"],
    "rooms": ["כמה חדרים?", "ומה מספר החדרים שמתאים?", "כמה חדרים צריך בדירה?"],
    "day": ["באיזה יום נוח להיפגש?", "מתי נוח לבוא, באיזה יום?", "ואיזה יום מתאים לפגישה?"],
    "hour": ["באיזו שעה?", "ובאיזו שעה זה נוח?", "איזו שעה מתאימה לפגישה?"],
    "name": ["מה השם, בבקשה?", "על שם מי לרשום?", "איך קוראים לך?"],
    "phone": ["לאיזה מספר טלפון לחזור?", "מה מספר הטלפון?", "אפשר מספר טלפון?"],
    "confirm": ["הכל נכון?", "הפרטים נכונים?", "נכון הכל?"],
    "more": ["יש עוד משהו?", "אפשר לעזור בעוד משהו?", "עוד משהו שאפשר לעשות?"],
}
NUMBERS = ["אפס", "אחד אחת", "שני שתי שניים שתיים", "שלוש שלושה", "ארבע ארבעה", "חמש חמישה", "שש שישה", "שבע שבעה", "שמונה", "תשע תשעה",
           "עשר עשרה"]
NUMBER_OF = {word: value for value, words in enumerate(NUMBERS) for word in words.split()}
WEEKDAYS = ["ראשון", "שני", "שלישי", "רביעי", "חמישי", "שישי", "שבת"]
NEEDS = [("לשכור השכרה להשכרה שכירות", "שכירת דירה"), ("לקנות קנייה לקנייה לרכוש", "קניית דירה"), ("למכור מכירה להשכיר", "מכירה או השכרה של דירה")]
YES, NO = {"כן", "נכון", "בדיוק", "בטח", "מצוין"}, {"לא", "טעות"}


def answer(request, mischief=()):
    """The words and the calls of tools of the next answer."""
    if not request.get("tools"):
        return summary(request), []
    talk = Talk(request)
    text, calls = talk.reply()
    if request.get("tool_choice") == "none":
        return text or "רגע אחד, בבקשה.", []
    if mischief:
        calls = calls + [wrong(mischief[talk.turns % len(mischief)], talk)]
    return text, calls


def save(**fields):
    return {"name": "save_lead", "arguments": {"fields": [{"field": name, "value": value} for name, value in fields.items()]}}


class Talk:
    def __init__(self, request):
        tool = next(tool["function"] for tool in request["tools"] if tool["function"]["name"] == "save_lead")
        self.fields = tool["parameters"]["properties"]["fields"]["items"]["properties"]["field"]["enum"]
        messages = [message for message in request["messages"] if message["role"] in ("user", "assistant")]
        self.tool_messages = [message["content"] for message in request["messages"] if message["role"] == "tool"]
        # What follows the caller's last words belongs to the answer that is being given.
        last = max(index for index, message in enumerate(messages) if message["role"] == "user" and "[now " in message["content"])
        self.own = [message["content"] for message in messages[last + 1:] if message["role"] == "assistant" and message["content"]]
        context = messages[last]["content"]
        self.days = {}
        for date, name in re.findall(r"(\d{4}-\d\d-\d\d) (?:יום )?([\u05d0-\u05ea]+)", context):
            self.days.setdefault(name, date)
        self.dates = re.findall(r"\d{4}-\d\d-\d\d", context)
        self.is_hidden = "hidden" in context
        self.unkept = set(re.findall(r"[a-z_]+", (re.search(r"Missing: ([^]]*)", context) or [None, ""])[1]))
        self.known, self.asked, self.question, self.fresh = {}, {}, "need", {}
        self.turns, self.confirmed = 0, False
        self.wishes_end = False
        for message in messages[:last + 1]:
            if message["role"] == "assistant":
                self.notice(message["content"])
            else:
                self.hear([line for line in message["content"].split("\n")])

    # MARK: - Reading

    def notice(self, text):
        for name, forms in QUESTIONS.items():
            if any(form in text for form in forms):
                self.question = name
                self.asked[name] = self.asked.get(name, 0) + 1

    def hear(self, lines):
        self.fresh, self.event, self.turns = {}, None, self.turns + 1
        self.words = ""
        for line in lines:
            if line.startswith("[now ") or line.startswith("[caller's") or line.startswith("[kept"):
                continue
            if line.startswith("["):
                self.event = line
            else:
                self.event, self.words = None, line
                self.take(line)

    def take(self, line):
        words = re.findall(r"[\u05d0-\u05ea\"'0-9:.+-]+", line)
        said = set(words)
        if self.question == "confirm":
            self.confirmed = self.confirmed or bool(said & YES) and not said & NO
        if self.question == "more":
            self.wishes_end = bool(said & (NO | {"תודה", "להתראות", "ביי"}))
        for name in ("need", "city", "rooms", "day", "hour", "name", "phone"):
            value = getattr(self, name)(words, line, self.question == name)
            if value and name in self.fields:
                self.fresh[name] = self.known[name] = value

    def need(self, words, line, is_asked):
        for forms, label in NEEDS:
            if set(forms.split()) & set(words) and "need" not in self.known:
                return label
        return line if is_asked and "need" not in self.known and len(words) > 1 else None

    def city(self, words, line, is_asked):
        if not is_asked:
            found = re.search(r"(?:דירה|להשכרה|לקנייה|למכירה) ב([\u05d0-\u05ea]+(?: [\u05d0-\u05ea]+)?)$", line)
            return found[1] if found and "city" not in self.known else None
        return re.sub(r"^(אני רוצה )?(דירה )?(ב(?=\S))?", "", line).strip(" .?!") or None

    def rooms(self, words, line, is_asked):
        if not is_asked and "חדרים" not in line:
            return None
        for index, word in enumerate(words):
            if word in NUMBER_OF or re.fullmatch(r"\d(\.5)?", word):
                half = any("חצי" in other for other in words[index + 1:index + 2])
                return f"{NUMBER_OF.get(word, word)}{'.5' if half else ''}"
        return None

    def day(self, words, line, is_asked):
        for word in words:
            stem = re.sub("^[בל]", "", word)
            if stem in ("היום", "מחר", "מחרתיים"):
                return self.dates[("היום", "מחר", "מחרתיים").index(stem)]
        found = re.search(r"יום (" + "|".join(WEEKDAYS) + r")|(שבת)", line)
        if found and (is_asked or "day" not in self.known):
            return self.days.get(found[1] or found[2])
        return None

    def hour(self, words, line, is_asked):
        found = re.search(r"\b(\d{1,2}):(\d\d)\b", line)
        if found:
            return f"{int(found[1]):02d}:{found[2]}"
        if not is_asked and "בשעה" not in line:
            return None
        for index, word in enumerate(words):
            value = NUMBER_OF.get(re.sub("^ב", "", word), int(word) if re.fullmatch(r"1?\d", word) else None)
            if value:
                hour = value + 12 if value < 8 and "בבוקר" not in line else value
                return f"{hour:02d}:{'30' if any('חצי' in other for other in words[index + 1:index + 2]) else '00'}"
        return None

    def name(self, words, line, is_asked):
        found = re.search(r"(?:קוראים לי|השם שלי|שמי|מדברת|מדבר) ([\u05d0-\u05ea'\" ]+)", line)
        if found:
            return found[1].strip()
        return re.sub("^אני ", "", line).strip(" .!?") if is_asked and len(words) <= 3 and not set(words) & (YES | NO) else None

    def phone(self, words, line, is_asked):
        found = re.search(r"0\d[\d -]{7,10}\d", line)
        return found[0] if found else None

    # MARK: - Answering

    def missing(self):
        order = [name for name in self.fields if name != "phone"] + (["phone"] if self.is_hidden and "phone" in self.fields else [])
        return [name for name in order if name not in self.known]

    def ask(self, name):
        forms = QUESTIONS[name]
        return forms[self.asked.get(name, 0) % len(forms)]

    def reply(self):
        if self.own:
            # Words of this turn are said already, or tools have answered: what is left is the question.
            refused = bool(self.tool_messages) and '"refused"' in self.tool_messages[-1] or '"problem"' in " ".join(self.tool_messages[-1:])
            rest = self.next_question()
            calls = [] if self.tool_messages else self.saves()
            return ("סוף" if any(rest in text for text in self.own) and not refused else ("סליחה, רגע. " if refused else "") + rest), calls
        if self.event and self.event.startswith("[silence"):
            return "אפשר לשמוע אותי? " + self.ask(self.question), []
        if self.event and self.event.startswith("[not understood"):
            return "סליחה, לא שמעתי טוב. " + self.ask(self.question), []
        if self.event and self.event.startswith("[the line was cut"):
            return QUESTIONS[self.question][0], []
        if "נציג" in self.words:
            return "בשמחה, נציג יחזור אליכם. תודה ולהתראות.", [{"name": "end_call", "arguments": {"reason": "callback"}}]
        if self.confirmed and self.question == "more" and self.wishes_end:
            return "תודה שהתקשרתם, ולהתראות.", [{"name": "end_call", "arguments": {"reason": "goodbye"}}]
        return ("בשמחה. " if self.fresh else "") + self.next_question(), [] if self.tool_messages else self.saves()

    def saves(self):
        """What was told now, and what was told before and is not kept yet."""
        fields = {name: value for name, value in self.known.items() if name in self.fresh or name in self.unkept}
        return [save(**fields)] if fields else []

    def next_question(self):
        missing = self.missing()
        if missing:
            return self.ask(missing[0])
        if not self.confirmed:
            known = self.known
            weekday = next((name for name, date in self.days.items() if date == known.get("day")), "")
            return f"אז {known.get('need')} ב{known.get('city')}, ביום {weekday}. על שם {known.get('name')}. " + self.ask("confirm")
        return self.ask("more")


def wrong(kind, talk):
    """A call of a tool that must come to nothing."""
    return {
        "malformed": {"name": "save_lead", "arguments": '{"fields":[{"field":"city","value":"אי'},
        "wrong_date": save(day="2026-02-30"),
        "past_date": save(day="2001-01-01"),
        "no_date": save(day="אחרי החגים"),
        "invented_name": save(name="אביגיל בן חמו"),
        "invented_phone": save(phone="052-9999999"),
        "unknown_tool": {"name": "book_flight", "arguments": {"to": "LHR"}},
        "taken_slot": {"name": "hold_slot", "arguments": {"slot": "taken"}},
        "unknown_field": save(credit_card="4580"),
        "hang_up": {"name": "end_call", "arguments": {"reason": "because"}},
    }[kind]


def summary(request):
    """The four lines that a summary is asked to have."""
    lines = request["messages"][-1]["content"].split("\n")
    said = [line[len("caller: "):] for line in lines if line.startswith("caller: ") and not line.startswith("caller: [")]
    statuses = re.search(r"one of: ([^.]*)", request["messages"][0]["content"])[1].split("; ")
    status = re.sub(r" \(.*", "", statuses[0])
    return f"נושא: {said[0] if said else 'שיחה'}\nדברי הלקוח: {'. '.join(said)}\nהמשך: לחזור ללקוח\nסטטוס: {status}"
