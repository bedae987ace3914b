#!/usr/bin/env python3
"""A dialog-worker in Python: the example for engineers who write a worker in another language. docs/BUS.md is the contract.

    MAANE_BUS=ipc:///run/maane MAANE_WORKER_NAME=python-1 python3 dialog_worker.py

It answers every turn by repeating what it heard. Replace `reply_to` and `summary_of`; the rest is what the bus asks of any worker.
"""
import json, os, secrets, signal, sys, time
import zmq

VERSION = 1
BEAT = 0.2          # seconds, until the gateway's welcome says otherwise
DRAIN_LIMIT = 8.0   # seconds that a worker told to stop waits for its conversations


def reply_to(turn):
    """The whole reply to a turn. The same turn and log give the same sentences: another worker may have to finish what this one began."""
    heard = turn["heard"]
    if heard["kind"] == "opening":
        return []                                   # the greeting has been played
    if heard["kind"] == "speech" and heard["transcript"]["understood"]:
        return [f"שמעתי {heard['transcript']['text']}.", "מה עוד?"]
    if heard["kind"] == "digits":
        return [f"שמעתי {heard['digits']}.", "מה עוד?"]
    return ["אפשר לחזור על זה?"]                    # not understood, silence, the line was cut, or a kind of a later version


def summary_of(log):
    return f"{len(log)} turns: " + ", ".join(entry["heard"].get("transcript", {}).get("text", entry["heard"]["kind"]) for entry in log)


class DialogWorker:
    """What the worker does, apart from the socket. `send` takes one message as a dictionary."""

    def __init__(self, name, nonce, send):
        self.name, self.nonce, self.send = name, nonce, send
        self.conversations = {}     # conversation -> [epoch, last turn answered]; nothing else is remembered between two turns
        self.gateway = None         # who has welcomed us
        self.welcome = False
        self.handled = None         # the highest `n` of this gateway that was worked through
        self.done = 0
        self.beat = BEAT
        self.draining = False

    def load(self):
        affinity = 0 if self.draining else 1 / (1 + len(self.conversations))
        return {"affinity": affinity, "active": len(self.conversations), "draining": self.draining, "done": self.done, "outstanding": 0}

    def tick(self):
        """Hello until welcome, then a heartbeat. Called by the loop that does the work, so that it stops when the work does."""
        if not self.welcome:
            body = {"pool": "dialog", "name": self.name, "nonce": self.nonce, "load": self.load()}
            return self.send({"v": VERSION, "kind": "hello", "body": body})
        handled = {} if self.handled is None else {"handled": self.handled}
        self.send({"v": VERSION, "kind": "heartbeat", "body": {"load": self.load(), **handled}})

    def forget(self):
        self.conversations.clear()
        self.handled = None

    def handle(self, message):
        kind, body = message["kind"], message.get("body", {})
        if kind == "welcome":
            if self.gateway not in (None, body["gateway"]):
                self.forget()       # another gateway: what we carried is over
            self.gateway, self.welcome, self.beat = body["gateway"], True, body["heartbeatMilliseconds"] / 1000
        elif kind == "refused":
            if not body["mayRetry"]:
                sys.exit(f"the gateway refuses this worker: {body['reason']}")
            self.forget()
            self.welcome = False
            self.tick()
        elif kind in ("assign", "release", "revoke", "cancel", "turn"):
            self.about_a_conversation(kind, message, body)
        elif kind == "job":
            done = {"text": summary_of(body["log"])} if body["kind"] == "summary" else {"failure": "this worker only writes summaries"}
            self.answer(message, "job_done", {"id": body["id"], **done})
            self.done += 1
        # Any other kind is of a later version, or for another pool: dropped, but handled all the same.
        if "n" in message and kind not in ("welcome", "refused"):
            self.handled = max(self.handled or 0, message["n"])

    def about_a_conversation(self, kind, message, body):
        conversation, epoch, turn = message.get("conversation"), message["epoch"], message.get("turn")
        if kind == "revoke":                        # of one conversation, or of all: what is older than the epoch is void
            for name in [name for name, (held, _) in self.conversations.items() if held < epoch and conversation in (None, name)]:
                del self.conversations[name]
            return
        known = self.conversations.get(conversation)
        if conversation is None or (known and epoch < known[0]):
            return                                  # whatever comes under an older epoch is void
        if kind == "release":
            self.conversations.pop(conversation, None)
        elif kind == "cancel" and known and turn is not None and turn == known[1]:
            known[1] = turn - 1                     # it may be asked again
        elif kind in ("assign", "turn"):            # a turn counts as an assignment, should that be lost
            if known is None or known[0] < epoch:
                known = self.conversations[conversation] = [epoch, -1]
            if kind == "turn" and turn > known[1]:  # one reply per turn and epoch, however often it is asked; in other words it is asked after a cancel
                known[1] = turn
                self.take_turn(message, body)

    def take_turn(self, message, turn):
        self.answer(message, "expectations", {"name": "anything", "answers": [], "hints": []})
        sentences, said = reply_to(turn), len(turn["said"])
        attempt = {"attempt": turn["attempt"]} if "attempt" in turn else {}     # which of several questions to one turn is answered
        for piece in range(said, len(sentences)):   # a lost worker has said the first ones: go on after them
            self.answer(message, "reply", {"piece": piece, "text": sentences[piece], **attempt})
        # `lead` is the whole lead: what earlier replies have learned comes with the turn and goes back with the answer.
        lead = {**turn.get("lead", {}), "heard": str(sum(entry["heard"]["kind"] == "speech" for entry in turn["log"]))}
        self.answer(message, "reply_done", {"pieces": max(said, len(sentences)), "lead": lead, "state": "echo", "provider": "python", **attempt})
        self.done += 1

    def answer(self, request, kind, body):
        """Every answer carries the request's conversation, business, turn and epoch."""
        about = {key: request[key] for key in ("business", "conversation", "turn", "epoch") if key in request}
        self.send({"v": VERSION, "kind": kind, **about, "body": body})


def control_endpoint(bus):
    """`ipc://DIRECTORY` holds control.sock; `tcp://host:port` has the topics at `port` and the control lane at the next one."""
    if bus.startswith("ipc://"):
        return f"{bus}/control.sock"
    host, port = bus.rsplit(":", 1)
    return f"{host}:{int(port) + 1}"


def main():
    name, nonce = os.environ.get("MAANE_WORKER_NAME", "python-1"), secrets.token_hex(4)     # the nonce is new for every process
    dealer = zmq.Context().socket(zmq.DEALER)
    dealer.setsockopt(zmq.ROUTING_ID, f"dialog.{name}.{nonce}".encode())
    dealer.setsockopt(zmq.IMMEDIATE, 1)             # no gateway, no queue: old messages must not reach the next one
    dealer.setsockopt(zmq.LINGER, 200)
    dealer.setsockopt(zmq.RECONNECT_IVL, 50)
    dealer.setsockopt(zmq.RECONNECT_IVL_MAX, 500)
    dealer.setsockopt(zmq.SNDHWM, 20_000)
    dealer.setsockopt(zmq.RCVHWM, 20_000)
    dealer.setsockopt(zmq.MAXMSGSIZE, 16 << 20)
    dealer.connect(control_endpoint(os.environ.get("MAANE_BUS", "ipc:///run/maane")))

    def send(message):
        try:
            dealer.send(json.dumps(message, ensure_ascii=False).encode(), zmq.NOBLOCK)
        except zmq.Again:
            pass                                    # no gateway: it will ask again

    worker, stopping = DialogWorker(name, nonce, send), []
    signal.signal(signal.SIGTERM, lambda *_: stopping.append(time.monotonic()))
    next_beat = 0.0
    while True:
        now = time.monotonic()
        if stopping and not worker.draining:
            worker.draining, next_beat = True, 0.0  # say so at once: affinity 0, nothing new
        if now >= next_beat:
            worker.tick()
            next_beat = now + worker.beat
        # One beat of patience: what was assigned before the withdrawal arrived is on its way.
        waited = now - stopping[0] if stopping else 0
        if waited >= DRAIN_LIMIT or (waited >= worker.beat and not worker.conversations):
            send({"v": VERSION, "kind": "goodbye"})
            dealer.close()
            return
        if dealer.poll(max(0, (next_beat - now) * 1000)):
            try:
                worker.handle(json.loads(dealer.recv_multipart()[0]))
            except (ValueError, KeyError, TypeError) as error:
                print(f"a message dropped: {type(error).__name__}", file=sys.stderr)    # not its words: callers' words are not for logs


if __name__ == "__main__":
    main()
