"""What the fake recognisers share: scripts, a record of what happened, and the ways in which a server can misbehave.

A fake prints its port when it is ready and ends with its standard input. One process serves many tests: each has a key of its own.

    POST /_script {"key": "k", "script": {…}}   whoever comes with this key is served so; nobody else is let in
    GET  /_log?key=k                            what these connections did: {"connections": [{…}], "violations": […]}

A script, everything optional, times in milliseconds:

    refuse            {"status": 429, "headers": {…}, "body": {…}} instead of a connection
    accept_ms         before the connection is accepted
    latency_ms        before finals           interim_latency_ms   before interims (null: none)
    closing_ms        before what is left at the end of the stream
    idle_ms, limit_ms the vendor's own limits, compressed
    ahead_ms          how far audio may run ahead of real time (10000)
    drip_ms           each byte of an answer by itself, with this pause
    mute              accepts, and never says a word
    fault             {"after_ms": 900, "do": …} when so much audio has come: reset, close, garbage, freeze, quota, error, rate, cannot
                      (more in "code", "reason")
    noise             messages of kinds that nobody knows between the others
    stealthy          error messages repeat the key
"""
import asyncio, json, socket, struct, sys, time
from aiohttp import WSMsgType, web
from tonecode import Ear


# A socket that is closed so sends RST instead of FIN: the other side learns of it at once, with an error.
LINGER = (socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class Refusal(Exception):
    """The vendor's answer to something that a client must not do."""

    def __init__(self, what, **details):
        super().__init__(what)
        self.what, self.details = what, details


class Record:
    """What happened on one connection."""

    def __init__(self, book, request):
        self.book = book
        self.values = {"query": [list(pair) for pair in request.query.items()], "numbers": [], "messages": [], "marks": [], "closed": None}
        book["connections"].append(self.values)

    def note(self, kind, value=None):
        self.values["messages"].append({"kind": kind, "value": value})

    def mark(self, kind):
        """A moment on the clock that all processes of a machine share."""
        self.values["marks"].append({"kind": kind, "at": time.monotonic_ns()})

    def violation(self, what):
        self.book["violations"].append(what)


class Session:
    """One WebSocket connection and what was heard on it."""

    def __init__(self, request, key, script, record):
        self.request, self.key, self.script, self.record = request, key, script, record
        self.socket = web.WebSocketResponse(autoping=False, compress=False, heartbeat=None, max_msg_size=1 << 20)
        self.ear = Ear()
        self.words = []             # (text, start, end) that are in no final yet
        self.heard = 0              # milliseconds up to which something was said about the audio
        self.begin = self.last = time.monotonic()
        self.tasks, self.latest = set(), None
        self.pen = asyncio.Lock()   # nothing may come between the bytes of a frame
        self.faulted = False
        self.gone = asyncio.Event()

    def __getitem__(self, name):
        return self.script.get(name)

    def after(self, milliseconds, work):
        """Does it later, in the order of the calls."""

        async def later(before):
            if milliseconds:
                await asyncio.sleep(milliseconds / 1000)
            if before:
                await asyncio.wait([before])
            if not self.gone.is_set():
                await work()

        task = asyncio.ensure_future(later(self.latest))
        self.latest = task
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def send(self, text, mark=None):
        if self["mute"] or self.gone.is_set():
            return
        if self["noise"]:
            await self._write(json.dumps({"type": "FromTheFuture", "message_type": "from_the_future", "value": {"a": [1]}}))
        if mark:
            self.record.mark(mark)
        await self._write(text)

    async def _write(self, text):
        async with self.pen:
            await self._write_alone(text)

    async def _write_alone(self, text):
        if not self["drip_ms"]:
            await self.socket.send_str(text)
            return
        data = text.encode()
        head = bytes([0x81, len(data)]) if len(data) < 126 else bytes([0x81, 126]) + struct.pack("!H", len(data))
        for byte in head + data:
            self.request.transport.write(bytes([byte]))
            await asyncio.sleep(self["drip_ms"] / 1000)

    def hear(self, audio):
        """The numbers in it, as words. Holds the client to real time, and does what the script has for this moment."""
        self.last = time.monotonic()
        ahead = self.ear.milliseconds + len(audio) // 8 - (self.last - self.begin) * 1000
        if ahead > self.script.get("ahead_ms", 10_000):
            raise Refusal("audio runs ahead of real time", pace=True)
        new = self.ear.hear_mu_law(audio)
        for number, start, end in new:
            self.record.values["numbers"].append(number)
            self.words.append((str(number), start, end))
        return bool(new)

    def fault_due(self):
        fault = self["fault"]
        if not fault or self.faulted or self.ear.milliseconds < fault.get("after_ms", 0):
            return None
        self.faulted = True
        return fault

    async def misbehave(self, fault):
        """The faults that are the same for all. Returns whether this was one of them."""
        what = fault["do"]
        if what == "reset":
            self.request.transport.get_extra_info("socket").setsockopt(*LINGER)
            self.request.transport.abort()
        elif what == "close":
            await self.close(fault.get("code", 1011), fault.get("reason", ""))
        elif what == "garbage":
            await self._write('{"type": "Results", "tokens": [')
        elif what == "freeze":
            self.request.transport.pause_reading()
            await asyncio.sleep(3600)
        else:
            return False
        return True

    async def close(self, code, reason=""):
        self.record.values["closed"] = code
        self.gone.set()
        await self.socket.close(code=code, message=reason.encode())

    def overdue(self):
        """`idle` or `limit`, when the client has been quiet, or here, for too long."""
        now = time.monotonic()
        if self["limit_ms"] and (now - self.begin) * 1000 > self["limit_ms"]:
            return "limit"
        if self["idle_ms"] and (now - self.last) * 1000 > self["idle_ms"]:
            return "idle"
        return None

    async def messages(self):
        """Text and binary messages; None every now and then, for the vendor's clocks. Pings are answered here."""
        while not self.gone.is_set():
            try:
                message = await asyncio.wait_for(self.socket.receive(), 0.02)
            except asyncio.TimeoutError:
                yield None
                continue
            if message.type == WSMsgType.PING:
                if not self["mute"]:
                    async with self.pen:
                        await self.socket.pong(message.data)
            elif message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                yield message
            elif message.type != WSMsgType.PONG:
                return


class Fake:
    def __init__(self):
        self.scripts, self.books = {}, {}

    async def script(self, request):
        body = await request.json()
        self.scripts[body["key"]] = body["script"]
        self.books[body["key"]] = {"connections": [], "violations": []}
        return web.json_response({})

    async def log(self, request):
        return web.json_response(self.books[request.query["key"]])

    async def enter(self, request, key):
        """The script for this key and a new record, or the answer that refuses it. No key, no script: the caller refuses it by itself."""
        script = self.scripts.get(key)
        if script is None:
            return None, None, None
        record = Record(self.books[key], request)
        if script.get("accept_ms"):
            await asyncio.sleep(script["accept_ms"] / 1000)
        refuse = script.get("refuse")
        if refuse:
            body = dict(refuse.get("body", {}))
            if script.get("stealthy"):
                body["message"] = f"the key {key} is not welcome"
            return script, record, web.json_response(body, status=refuse["status"], headers=refuse.get("headers"))
        return script, record, None

    def serve(self, routes):
        app = web.Application(client_max_size=64 << 20)
        app.add_routes([web.post("/_script", self.script), web.get("/_log", self.log), *routes])

        async def main():
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 0)
            await site.start()
            print(f"PORT {site._server.sockets[0].getsockname()[1]}", flush=True)
            # The test that started it holds the other end.
            await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)

        try:
            asyncio.run(main())
        except KeyboardInterrupt:
            pass


async def converse(session, run):
    """Runs a vendor's conversation on an accepted socket, and cleans up after it."""
    await session.socket.prepare(session.request)
    session.begin = session.last = time.monotonic()
    try:
        await run(session)
    except (ConnectionError, RuntimeError, OSError):
        pass                        # the client has gone
    finally:
        if session.record.values["closed"] is None:
            session.record.values["closed"] = session.socket.close_code or 1006
        session.gone.set()
        for task in list(session.tasks):
            task.cancel()
    return session.socket
