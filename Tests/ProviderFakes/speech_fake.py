"""A server in a voice provider's place: HTTP/1.1 by hand, so that it can misbehave on the wire. The vendor's part is in the file that runs it.

Prints {"port": n} and ends when standard input does, or whoever started it. Each test has a session of its own, named in the path:
  /s/<session>/...        the vendor's interface
  PUT /control/<session>  {"steps": [...], "options": {...}}: what happens to the next requests, the last step to all further ones
  GET /control/<session>  what was asked: a list of entries
Times in entries are of CLOCK_MONOTONIC, in nanoseconds."""
import asyncio, json, os, socket, struct, sys, time, urllib.parse

STEP = {
    "first_ms": 0,          # from the request to the head of the answer
    "chunk": 1600,          # bytes that are written at once; 0: all
    "chunk_ms": 0,          # between two of them
    "error": None,          # a fault of the vendor's, by its code
    "fault": None,          # dead, reset, cut, stall, truncate (after `after` bytes of audio), html, json, http, empty, silent
    "after": 0,
    "lead_ms": 0,           # silence in front of the audio
    "wave": None,           # which form of header, see wave()
    "retry_after": None,
}


class Refusal(Exception):
    """An answer that is no audio."""

    def __init__(self, status, body=b"", type="application/json", code=None, headers=()):
        self.status, self.type, self.code, self.headers = status, type, code or str(status), list(headers)
        self.body = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()


def wave(audio, form, tag, rate, bits):
    """A RIFF file of mono audio. `form`: plain, chunks (others before and after the data), extensible, endless (no sizes), odd, short, stereo."""
    channels = 2 if form == "stereo" else 1
    block = channels * bits // 8
    def chunk(name, data):
        return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
    if form == "odd" and len(audio) % 2 == 0:
        audio = audio[:-1]
    fields = struct.pack("<HHIIHH", tag, channels, rate, rate * block, block, bits)
    if form == "extensible":
        fields = struct.pack("<HHIIHH", 0xFFFE, channels, rate, rate * block, block, bits)
        fields += struct.pack("<HHIH", 22, bits, 4, tag) + b"\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"
    elif tag != 1:
        fields += struct.pack("<H", 0)
    body = b"WAVE"
    if form == "chunks":
        body += chunk(b"LIST", b"INFOISFT\x05\0\0\0made\0\0") + chunk(b"JUNK", b"x" * 77)
    body += chunk(b"fmt ", fields)
    if tag != 1:
        body += chunk(b"fact", struct.pack("<I", len(audio)))
    if form == "endless":
        return b"RIFF\xff\xff\xff\xff" + body + b"data\xff\xff\xff\xff" + audio
    body += chunk(b"data", audio)
    if form == "chunks":
        body += chunk(b"LIST", b"INFOICRD\x05\0\0\02026\0\0")
    if form == "short":
        body = body[:-len(audio) // 2]
    return b"RIFF" + struct.pack("<I", len(body)) + body


class Session:
    def __init__(self, steps=(), options=None):
        self.steps, self.options, self.entries = list(steps), options or {}, []

    def take(self):
        step = self.steps[0] if self.steps else {}
        if len(self.steps) > 1:
            del self.steps[0]
        unknown = set(step) - set(STEP)
        if unknown:
            raise ValueError(f"no such field of a step: {unknown}")
        return {**STEP, **step}


class Connection(asyncio.Protocol):
    count = 0

    def __init__(self, fake):
        self.fake, self.buffer, self.gone = fake, b"", asyncio.Event()
        self.more = asyncio.Event()
        Connection.count += 1
        self.number = Connection.count

    def connection_made(self, transport):
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.task = asyncio.ensure_future(self.serve())

    def data_received(self, data):
        self.buffer += data
        self.more.set()

    def connection_lost(self, error):
        self.gone.set()
        self.more.set()

    async def need(self, condition):
        while not condition():
            if self.gone.is_set():
                raise ConnectionError
            self.more.clear()
            await self.more.wait()

    async def serve(self):
        try:
            while True:
                await self.need(lambda: b"\r\n\r\n" in self.buffer)
                head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
                lines = head.decode("latin-1").split("\r\n")
                method, target, _ = lines[0].split(" ", 2)
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
                length = int(headers.get("content-length", 0))
                await self.need(lambda: len(self.buffer) >= length)
                body, self.buffer = self.buffer[:length], self.buffer[length:]
                if not await self.answer(method, target, headers, body):
                    break
        except (ConnectionError, OSError):
            pass
        except Exception as error:
            print(repr(error), file=sys.stderr, flush=True)
            self.transport.abort()

    async def answer(self, method, target, headers, body):
        """False: the connection is of no further use."""
        path, _, query = target.partition("?")
        parts = path.split("/", 3)
        if parts[1] == "control":
            return self.control(method, parts[2], body)
        session = self.fake.session(parts[2] if parts[1] == "s" and len(parts) > 2 else "")
        rest = "/" + (parts[3] if len(parts) > 3 else "")
        if method == "HEAD":
            session.entries.append({"kind": "HEAD", "connection": self.number})
            self.head(404, "text/plain", 0)
            return True
        entry = {"kind": "speech", "received": time.monotonic_ns(), "connection": self.number, "outcome": "open", "bytes": 0}
        session.entries.append(entry)
        step = session.take()
        try:
            if step["error"]:
                entry["text"] = None
                raise self.fake.vendor.error(step["error"])
            request = self.fake.vendor.check(method, rest, urllib.parse.parse_qs(query, strict_parsing=bool(query)), headers, body, session.options)
            entry |= {"text": request["text"], "voice": request["voice"]}
        except Refusal as refusal:
            entry["outcome"] = refusal.code
            await self.wait(step["first_ms"], entry)
            extra = refusal.headers + ([("Retry-After", str(step["retry_after"]))] if step["retry_after"] is not None else [])
            self.head(refusal.status, refusal.type, len(refusal.body), extra)
            self.transport.write(refusal.body)
            return True
        return await self.speak(request, step, entry)

    def control(self, method, name, body):
        if method == "PUT":
            given = json.loads(body)
            self.fake.sessions[name] = Session(given.get("steps", ()), given.get("options"))
            answer = b"{}"
        else:
            answer = json.dumps(self.fake.session(name).entries).encode()
        self.head(200, "application/json", len(answer))
        self.transport.write(answer)
        return True

    def head(self, status, type, length=None, headers=()):
        lines = [f"HTTP/1.1 {status} -", f"Content-Type: {type}"]
        lines.append("Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}")
        lines += [f"{name}: {value}" for name, value in headers]
        self.transport.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))

    async def wait(self, milliseconds, entry):
        """Until then, or until the other side has gone."""
        if milliseconds <= 0 and not self.gone.is_set():
            return
        try:
            await asyncio.wait_for(self.gone.wait(), milliseconds / 1000)
        except asyncio.TimeoutError:
            return
        self.left(entry)

    def left(self, entry):
        entry |= {"outcome": "left", "left": time.monotonic_ns()}
        raise ConnectionError

    async def forever(self, entry):
        await self.gone.wait()
        self.left(entry)

    async def speak(self, request, step, entry):
        fault = step["fault"]
        if fault == "dead":
            await self.forever(entry)
        type, data, is_whole = self.fake.vendor.audio(request, step)
        if fault == "empty":
            data = b""
        if fault == "truncate":
            data = data[:step["after"]]
        await self.wait(step["first_ms"], entry)
        if fault == "http":
            self.transport.write(b"SIP/2.0 200 OK\r\n\r\n\0\1\2")
            self.transport.close()
            return False
        if fault in ("html", "json"):
            type = {"html": "text/html; charset=utf-8", "json": "application/json"}[fault]
            data = {"html": b"<html><body>Sign in to the network</body></html>", "json": b'{"detail":"ok"}'}[fault]
        entry["first_sent"] = time.monotonic_ns()
        self.head(200, type, len(data) if is_whole else None)
        size = step["chunk"] or max(1, len(data))
        for start in range(0, len(data), size):
            if start > 0:
                await self.wait(step["chunk_ms"], entry)
            piece = data[start:start + size]
            cuts = fault in ("reset", "cut", "stall") and start + len(piece) > step["after"]
            if cuts:
                piece = piece[:step["after"] - start]
            self.transport.write(piece if is_whole else f"{len(piece):x}\r\n".encode() + piece + b"\r\n" if piece else b"")
            entry["bytes"] += len(piece)
            if self.gone.is_set() or self.transport.is_closing():
                self.left(entry)
            if cuts:
                entry["outcome"] = fault
                # What was written goes out before the end does.
                await asyncio.sleep(0.02)
                if fault == "stall":
                    await self.forever(entry)
                if fault == "reset":
                    self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    self.transport.abort()
                else:
                    self.transport.close()
                return False
        if not is_whole:
            self.transport.write(b"0\r\n\r\n")
        entry["outcome"] = "done"
        return True


class Fake:
    def __init__(self, vendor):
        self.vendor, self.sessions = vendor, {}

    def session(self, name):
        return self.sessions.setdefault(name, Session())


async def run(vendor):
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(fake), "127.0.0.1", 0, backlog=512)
    fake = Fake(vendor)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    # Whoever started it holds the other end; when he dies it ends. A process that was started beside it may have the end too, and live on.
    parent = os.getppid()
    ended = asyncio.Event()
    loop.add_reader(sys.stdin, lambda: ended.set() if not os.read(0, 4096) else None)
    while not ended.is_set() and os.getppid() == parent:
        try:
            await asyncio.wait_for(ended.wait(), 1)
        except asyncio.TimeoutError:
            pass


def main(vendor):
    asyncio.run(run(vendor))
