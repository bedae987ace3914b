#!/usr/bin/env python3
"""Reads the contract's golden files from the other side.

    check_fixtures.py                    decode every file, encode it again, compare; then give each to the dialog-worker
    check_fixtures.py --write-document   put the golden files into the examples of docs/BUS.md
"""
import json, re, struct, sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
FIXTURES = REPOSITORY / "Tests/BusTests/Fixtures"
DOCUMENT = REPOSITORY / "docs/BUS.md"

# What the fields are, written down a second time, so that the Swift side cannot change alone. `?` marks what may be absent.
integer, number, text, boolean = (int,), (int, float), (str,), (bool,)
strings, words = {"*": text}, [text]
load = {"affinity": number, "active": integer, "draining": boolean, "done": integer, "outstanding?": integer}
transcript = {"text": text, "confidence": number, "understood": boolean}
expectations = {"name": text, "answers": [{"value": text, "phrases": words}], "hints": words}
heard = {"opening": {}, "silence": {}, "interrupted": {}, "digits": {"digits": text}, "speech": {"transcript": transcript}}
entry = {"turn": integer, "heard": heard, "said": words}
stages = {f"{name}?": integer for name in ("voiceEnd", "endpoint", "final", "asked", "firstToken", "reply", "audio", "spoken", "heard", "bargeIn")}
record = {"entry": entry, "recogniser?": text, "dialog?": text, "state?": text, "stages": stages, "endpoint?": text, "voice?": text,
          "preemption?": text, "attempts?": integer, "gapMilliseconds?": integer}
recording = {"sid": text, "seconds": integer, "file?": text, "text?": text, "failure?": text}
job = {"id": text, "deadlineMilliseconds": integer}
fact = {"id": text, "at": integer}
BODIES = {
    "hello": {"pool": text, "name": text, "nonce": text, "load": load},
    "welcome": {"gateway": text, "heartbeatMilliseconds": integer},
    "refused": {"reason": text, "mayRetry": boolean},
    "heartbeat": {"load": load, "handled?": integer},
    "goodbye": None, "release": None, "revoke": None,
    "assign": {"expectations?": expectations, "from?": integer},
    "expectations": expectations,
    "listen": {"begin": {"from": integer}, "end": {"through": integer}, "discard": {}},
    "resend": {"from": integer, "through": integer},
    "transcript": {"transcript": transcript, "final": boolean, "provider": text},
    "turn": {"heard": heard, "log": [entry], "caller?": text, "said": words, "lead?": strings, "attempt?": integer, "preemptive?": boolean},
    "reply": {"piece": integer, "text": text, "attempt?": integer, "firstToken?": integer},
    "reply_done": {"pieces": integer, "lead": strings, "ending?": text, "state": text, "provider": text, "failure?": text, "attempt?": integer},
    "speak": {"piece": integer, "text": text, "creditMilliseconds": integer},
    "speech": {"piece": integer, "index": integer, "last": boolean, "failure?": text, "provider?": text},
    "credit": {"piece": integer, "milliseconds": integer},
    "cancel": {"piece?": integer, "unheard?": boolean},
    "update_call": {"lease": text, "twiml": text, "milliseconds": integer},
    "end_lease": {"lease": text},
    "call_updated": {"lease": text, "result": text, "detail?": text},
    "job": {"summary": {**job, "log": [entry], "lead": strings, "outcome": text}, "prompt": {**job, "name": text, "text": text},
            "transcribe": {**job, "format": text}},
    "job_done": {"id": text, "text?": text, "failure?": text},
    "artifact": {"name": text, "format": text, "job?": text, "milliseconds": integer},
    "artifact_stored": {"name": text, "format": text, "failure?": text},
    "tool": {"id": text, "name": text, "arguments": text},
    "tool_result": {"id": text, "result": text},
    "fact": {"call_started": {**fact, "from": text, "to": text}, "turn": {**fact, "record": record},
             "lead": {**fact, "fields": strings, "caller?": text},
             "call_ended": {**fact, "outcome": text, "milliseconds": integer, "reason?": text},
             "summary": {**fact, "text": text}, "recording": {**fact, "recording": recording}},
    "fact_stored": {"id": text, "failure?": text},
}
SEVERAL_SHAPES = [heard, BODIES["listen"], BODIES["job"], BODIES["fact"]]
ENVELOPE = {"v": integer, "kind": text, "business?": text, "conversation?": text, "turn?": integer, "epoch?": integer, "n?": integer}
EVENT = {"name": text, "conversation": text, "business": text, "turn?": integer, "at": integer, "text?": text, "confidence?": number,
         "understood?": boolean, "stages?": stages, "detail?": text}
AUDIO = struct.Struct("<2sBBQIq34sH")   # magic, version, kind, epoch, sequence, capture time in µs, call, length of the payload


def decode(value, shape, where):
    """The value with the fields that the contract knows; raises ValueError when one is missing or of another type."""
    if isinstance(shape, tuple):
        # In Python a bool is an int.
        if not isinstance(value, shape) or isinstance(value, bool) != (shape is boolean):
            raise ValueError(f"{where}: {value!r} is no {shape[0].__name__}")
        return value
    if isinstance(shape, list):
        return [decode(item, shape[0], f"{where}[{index}]") for index, item in enumerate(value)]
    if "*" in shape:
        return {key: decode(item, shape["*"], f"{where}.{key}") for key, item in value.items()}
    if any(shape is several for several in SEVERAL_SHAPES):
        if value.get("kind") not in shape:
            raise ValueError(f"{where}: kind {value.get('kind')!r}")
        return {"kind": value["kind"], **decode(value, shape[value["kind"]], where)}
    result = {}
    for name, inner in shape.items():
        key = name.rstrip("?")
        if key in value:
            result[key] = decode(value[key], inner, f"{where}.{key}")
        elif key == name:
            raise ValueError(f"{where}: {key} is missing")
    return result


def decode_envelope(message):
    envelope = decode(message, ENVELOPE, "envelope")
    body = BODIES[envelope["kind"]]
    if body is not None:
        envelope["body"] = decode(message["body"], body, envelope["kind"])
    return envelope


def encode(value):
    """The golden form: keys sorted, no spaces, UTF-8."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"


def check_files():
    kinds = set()
    for path in sorted(FIXTURES.glob("*.json")):
        golden = path.read_text("utf-8")
        envelope = decode_envelope(json.loads(golden))
        assert encode(envelope) == golden, f"{path.name} decoded and encoded is\n{encode(envelope)}"
        assert path.name.split(".")[0] == envelope["kind"], path.name
        kinds.add(envelope["kind"])
    assert kinds == set(BODIES), f"kinds that only one side knows: {kinds ^ set(BODIES)}"
    golden = (FIXTURES / "topics/event.json").read_text("utf-8")
    assert encode(decode(json.loads(golden), EVENT, "event")) == golden, "event.json"
    packet = bytes.fromhex((FIXTURES / "topics/audio.hex").read_text())
    *head, length = AUDIO.unpack_from(packet)
    payload = packet[AUDIO.size:]
    assert AUDIO.size == 60 and len(payload) == length == 160
    assert head == [b"MA", 1, 1, 3 << 32 | 7, 1500, 1_700_000_012_600_123, b"CA0123456789abcdef0123456789abcdef"], head
    assert AUDIO.pack(*head, length) + payload == packet
    return len(list(FIXTURES.rglob("*.*")))


def check_worker():
    """Each golden message goes to the example worker as the gateway would send it; what it says must be of the contract."""
    sys.dont_write_bytecode = True
    from dialog_worker import DialogWorker

    said = []
    def worker():
        said.clear()
        return DialogWorker("python-1", "0a1b2c3d", lambda message: said.append(decode_envelope(json.loads(json.dumps(message)))))
    def message(name):
        return json.loads((FIXTURES / f"{name}.json").read_text("utf-8"))
    def kinds():
        return [answer["kind"] for answer in said]

    for path in sorted(FIXTURES.glob("*.json")):
        fixture, one = message(path.stem), worker()
        if path.stem != "refused.version":
            one.handle(fixture)
        assert one.handled == fixture.get("n"), path.name

    one = worker()
    one.tick()
    one.handle(message("welcome"))
    one.tick()
    assert kinds() == ["hello", "heartbeat"] and "handled" not in said[1]["body"]
    one.handle(message("turn.speech"))
    assert kinds()[2:] == ["expectations", "reply", "reply", "reply_done"] and said[5]["body"]["pieces"] == 2
    assert all(answer["turn"] == 3 and answer["epoch"] == 3 << 32 | 7 and answer["business"] == "nadlan-tlv" for answer in said[2:])
    one.handle(message("turn.speech"))
    assert len(said) == 6, "a turn that comes twice is answered once"
    one.handle({**message("turn.speech"), "turn": 4, "epoch": (3 << 32 | 7) - 1})
    assert len(said) == 6, "an older epoch is void"
    one.handle({**message("cancel.turn"), "turn": 3})
    one.handle(message("turn.speech"))
    assert len(said) == 10, "a cancelled turn may be asked again"
    one.tick()
    assert said[-1]["body"]["handled"] == 12 and said[-1]["body"]["load"]["active"] == 1
    one.handle({**message("revoke"), "epoch": 3 << 32 | 7})
    assert one.conversations, "what is not older than the fence stands"
    one.handle(message("revoke"))
    assert not one.conversations
    one.handle(message("assign"))
    one.handle({**message("release"), "epoch": (3 << 32 | 7) - 1})
    assert one.conversations, "the release of an older assignment does not end this one"
    one.handle({key: value for key, value in message("revoke").items() if key != "conversation"})
    assert not one.conversations, "without a conversation it concerns all"
    one.handle(message("refused.unknown"))
    assert kinds()[-1] == "hello" and one.handled is None

    one = worker()
    one.handle(message("turn.said"))
    assert [answer["body"]["piece"] for answer in said if answer["kind"] == "reply"] == [1], "it goes on after what was said"
    assert said[-1]["body"]["pieces"] == 2
    one = worker()
    one.handle(message("turn.lead"))
    assert said[-1]["body"]["lead"]["city"] == "tel-aviv", "what is known of the lead goes back with the answer"
    one = worker()
    one.handle(message("turn.opening"))
    assert kinds() == ["expectations", "reply_done"] and said[-1]["body"]["pieces"] == 0
    for name, field in [("job.summary", "text"), ("job.transcribe", "failure")]:
        one = worker()
        one.handle(message(name))
        assert kinds() == ["job_done"] and field in said[0]["body"], name


def write_document():
    def example(match):
        name = match[2]
        golden = (FIXTURES / name).read_text("utf-8")
        return f"```{match[1]} {name}\n{golden if match[1] == 'hex' else pretty(json.loads(golden))}```\n"
    document = re.sub(r"^```(json|hex) (\S+)\n.*?^```\n", example, DOCUMENT.read_text("utf-8"), flags=re.M | re.S)
    DOCUMENT.write_text(document, "utf-8")


def pretty(value, width=140):
    """JSON for people: fields in the document's order, the body in a line of its own, and more lines only where one would be too long."""
    def lines(value, indent):
        if isinstance(value, dict):
            value = {key: value[key] for key in sorted(value, key=lambda key: (key != "kind", key != "id", list(value).index(key)))}
        flat = json.dumps(value, ensure_ascii=False)
        if len(flat) + indent <= width or not isinstance(value, (dict, list)):
            return flat
        pad = " " * (indent + 1)
        if isinstance(value, list):
            return "[" + f",\n{pad}".join(lines(item, indent + 1) for item in value) + "]"
        return "{" + f",\n{pad}".join(f"{json.dumps(key)}: {lines(item, indent + len(key) + 5)}" for key, item in value.items()) + "}"

    order = [key.rstrip("?") for key in ENVELOPE]
    head = {key: value[key] for key in order if key in value} if "v" in value else {}
    if "body" in value:
        return json.dumps(head, ensure_ascii=False)[:-1] + ',\n "body": ' + lines(value["body"], 9) + "}\n"
    return (json.dumps(head) if head else lines(value, 0)) + "\n"


if __name__ == "__main__":
    if "--write-document" in sys.argv:
        write_document()
    else:
        count = check_files()
        check_worker()
        print(f"{count} golden files read, written and compared")
