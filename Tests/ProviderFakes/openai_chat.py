#!/usr/bin/env python3
"""A server of chat completions that does what a test tells it. Its types are the vendor's own (`chat_types.py`).

    openai_chat.py            prints `PORT <number>` when it is ready, and ends with its standard input

One process serves many tests: each has a room of its own, and its base address is http://127.0.0.1:PORT/ROOM/v1.

    PUT /_room/ROOM   {"like": "openai" | "compatible", "key": "sk-…"?, "steps": [step, …], "then": step}
    GET /_room/ROOM   {"requests": […], "violations": […], "marks": [{"kind", "request", "at"}, …]}

`like` says whose rules a request must keep. Each request takes the next of the steps; when there are none left, `then`. `at` is the clock that
all processes of a machine share, in nanoseconds. A step, everything optional, times in milliseconds:

    text             the words; they come in tokens of at most four letters.   tokens   the same, cut by the test
    calls            [{"name", "arguments", "id"?}]; arguments as text, or as what they are
    calls_style      pieces (default), whole, index0 (all under one index), noindex, legacy (function_call)
    calls_first      the calls come before the text
    receptionist     answers as a receptionist would (`receptionist.py`); `mischief` lists what it does wrong beside
    headers_ms       before the head of the answer     role_first   the empty first chunk comes at once
    first_ms         before the first token            rate         tokens in a second
    finish           stop, tool_calls, length, content_filter, function_call, or null for none
    done             false: no [DONE]                  last_line    false: the last empty line is missing too
    usage            false: none, even if asked for    cached       tokens of the prompt that were in the cache
    noise            fields and comments that nobody knows
    newline          what ends a line                  cut          every write has so many bytes
    drip_ms          a pause after each write          whole        the answer is one JSON document
    refuse           {"status", "headers", "body"} instead of an answer
    fault            {"after": chunks, "do": error | reset | close | eof | garbage | freeze | endless, "body"}; after 0 chunks: before the first
    dead             "connection": nothing is ever said; "reset": the connection is cut when the request has come
"""
import asyncio, email.utils, itertools, json, re, socket, struct, sys, time

import chat_types
import receptionist

TOKEN = re.compile(r"\s*\S{1,4}|\s+")


class Room:
    def __init__(self, settings):
        self.like, self.key = settings.get("like", "openai"), settings.get("key")
        self.steps, self.then = list(settings.get("steps", [])), settings.get("then", {"refuse": {"status": 500}})
        self.requests, self.violations, self.marks = [], [], []

    def mark(self, kind, request):
        self.marks.append({"kind": kind, "request": request, "at": time.monotonic_ns()})

    def report(self):
        return {"requests": self.requests, "violations": self.violations, "marks": self.marks}


class Gone(Exception):
    """The other side has closed the connection."""


class WatchedReader(asyncio.StreamReader):
    """Tells at once when the other side is gone, also while nobody reads."""

    at_end = None

    def feed_eof(self):
        super().feed_eof()
        if self.at_end:
            self.at_end()

    def set_exception(self, fault):
        super().set_exception(fault)
        if self.at_end:
            self.at_end()


class Connection:
    last = 0

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        Connection.last += 1
        self.number = Connection.last

    async def request(self):
        head = await self.reader.readuntil(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        method, path, _ = lines[0].split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:] if line)}
        body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return method, path, headers, body

    def write(self, data):
        if self.writer.is_closing():
            raise Gone
        self.writer.write(data)

    async def whole(self, status, body, headers=()):
        kind = "application/json" if not isinstance(body, str) else "text/html"
        data = body.encode() if isinstance(body, str) else json.dumps(body, ensure_ascii=False).encode()
        fields = {"Content-Type": kind, "Content-Length": len(data), "x-request-id": "req_fake", **dict(headers)}
        self.write(f"HTTP/1.1 {status} X\r\n".encode() + b"".join(f"{name}: {value}\r\n".encode() for name, value in fields.items()) + b"\r\n" + data)
        await self.writer.drain()

    def reset(self):
        # A socket that is closed so sends RST instead of FIN.
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


class Server:
    def __init__(self):
        self.rooms, self.count = {}, itertools.count(1)

    async def serve(self, reader, writer):
        connection = Connection(reader, writer)
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            while True:
                if not await self.answer(connection, *await connection.request()):
                    break
        except (asyncio.IncompleteReadError, ConnectionError, Gone):
            pass
        finally:
            writer.close()

    async def answer(self, connection, method, path, headers, body):
        """Whether the connection is good for another request."""
        parts = path.strip("/").split("/", 1)
        if parts[0] == "_room":
            if method == "PUT":
                self.rooms[parts[1]] = Room(json.loads(body))
            await connection.whole(200, self.rooms[parts[1]].report() if method == "GET" else {})
            return True
        room = self.rooms.get(parts[0])
        if room is None or len(parts) < 2:
            await connection.whole(404, "<html>nobody lives here</html>")
            return True
        if room.key is not None and headers.get("authorization") != f"Bearer {room.key}":
            message = f"Incorrect API key provided: {headers.get('authorization', 'none')}."
            await connection.whole(401, error(message, "invalid_request_error", "invalid_api_key"))
            return True
        if room.key is None and "authorization" in headers:
            room.violations.append("a key was sent to a server that asks for none")
        if (method, parts[1]) == ("GET", "v1/models"):
            room.mark("models", connection.number)
            await connection.whole(200, chat_types.models(["gpt-6-luna"]))
            return True
        if (method, parts[1]) != ("POST", "v1/chat/completions"):
            room.violations.append(f"{method} {parts[1]}")
            await connection.whole(404, error("Unknown request URL.", "invalid_request_error", "unknown_url"))
            return True
        return await self.complete(connection, room, headers, body)

    async def complete(self, connection, room, headers, body):
        number = next(self.count)
        room.mark("request", number)
        step = room.steps.pop(0) if room.steps else room.then
        try:
            request = json.loads(body)
            room.requests.append({"number": number, "connection": connection.number, "headers": headers, "body": request})
            if headers.get("content-type") != "application/json":
                raise chat_types.Refused("the content type is not JSON")
            (chat_types.check_request if room.like == "openai" else chat_types.check_compatible)(request)
        except (ValueError, chat_types.Refused) as fault:
            room.violations.append(str(fault))
            details = error(str(fault), "invalid_request_error", getattr(fault, "code", None), getattr(fault, "param", None))
            await connection.whole(400, details)
            return True
        speaking = asyncio.ensure_future(Speech(connection, room, number, request, step).run())
        # Whoever goes in the middle of an answer is seen at once.
        connection.reader.at_end = lambda: (room.mark("gone", number), speaking.cancel())
        try:
            return await speaking
        except (ConnectionError, Gone, asyncio.CancelledError):
            return False
        finally:
            connection.reader.at_end = None


def error(message, kind, code=None, param=None):
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


class Speech:
    """One answer."""

    def __init__(self, connection, room, number, request, step):
        self.connection, self.room, self.number, self.request = connection, room, number, request
        if step.get("receptionist"):
            text, calls = receptionist.answer(request, step.get("mischief", []))
            step = {**step, "text": text, "calls": calls}
        self.step = step
        self.tokens = step.get("tokens") or TOKEN.findall(step.get("text", ""))
        self.calls = []
        for index, call in enumerate(step.get("calls", [])):
            arguments = call["arguments"] if isinstance(call["arguments"], str) else json.dumps(call["arguments"], ensure_ascii=False)
            self.calls.append({"id": call.get("id", f"call_{number}_{index}"), "name": call["name"], "arguments": arguments})
        self.finish = step.get("finish", "tool_calls" if self.calls else "stop")
        self.newline = step.get("newline", "\n")

    async def run(self):
        """Whether the connection is good for another request."""
        step = self.step
        if step.get("dead") == "reset":
            self.connection.reset()
            return False
        if step.get("dead"):
            await asyncio.sleep(3600)
        await pause(step.get("headers_ms", 0))
        if "refuse" in step:
            refusal = step["refuse"]
            headers = {name: date(value) if name == "retry-after" else value for name, value in refusal.get("headers", {}).items()}
            await self.connection.whole(refusal["status"], refusal.get("body", error("No.", "server_error")), headers)
            return True
        answer = chat_types.Answer(self.request, self.number)
        if step.get("whole") or not self.request.get("stream"):
            await pause(step.get("first_ms", 0))
            await self.connection.whole(200, answer.whole("".join(self.tokens), self.calls, self.finish))
            return True
        limits = {"x-ratelimit-remaining-requests": "99", "x-ratelimit-reset-requests": "20ms", "openai-processing-ms": "1"}
        head = {"Content-Type": "text/event-stream; charset=utf-8", "Transfer-Encoding": "chunked", "x-request-id": f"req_{self.number}", **limits}
        self.connection.write("HTTP/1.1 200 OK\r\n".encode() + "".join(f"{name}: {value}\r\n" for name, value in head.items()).encode() + b"\r\n")
        if step.get("noise"):
            await self.line(": comment")
        if step.get("role_first"):
            await self.send(answer.chunk({"role": "assistant", "content": ""}))
            await self.wait_for_first()
            count = await self.chunks(answer, skip=1)
        else:
            await self.wait_for_first()
            count = await self.chunks(answer)
        if count is None:
            return False
        wants = (self.request.get("stream_options") or {}).get("include_usage")
        if wants and step.get("usage", True):
            await self.send(answer.chunk(usage=answer.usage(count, step.get("cached", 0)), noise=step.get("noise", False)))
        if step.get("done", True):
            await self.event("[DONE]", ends=step.get("last_line", True))
        self.connection.write(b"0\r\n\r\n")
        self.room.mark("end", self.number)
        return True

    async def wait_for_first(self):
        wait = self.step.get("first_ms", 0)
        while self.step.get("noise") and wait > 100:
            await pause(100)
            wait -= 100
            await self.line(": still thinking")
        await pause(wait)

    async def chunks(self, answer, skip=0):
        """How many tokens were sent; None when a fault ended the connection."""
        pieces = [{"role": "assistant", "content": ""}][skip:]
        words = [{"content": token} for token in self.tokens]
        calls = list(self.call_pieces())
        pieces += calls + words if self.step.get("calls_first") else words + calls
        fault = self.step.get("fault")
        for index, delta in enumerate(pieces):
            if fault and index == fault["after"]:
                return await self.break_off(fault)
            if index and "rate" in self.step:
                await pause(1000 / self.step["rate"])
            if delta.get("content") or "tool_calls" in delta:
                self.room.mark("token", self.number)
            await self.send(answer.chunk(delta, noise=self.step.get("noise", False)))
        if fault:
            return await self.break_off(fault)
        if self.finish is not None:
            await self.send(answer.chunk({}, finish=self.finish))
        return len(pieces)

    def call_pieces(self):
        style = self.step.get("calls_style", "pieces")
        if style == "legacy":
            for call in self.calls[:1]:
                yield {"function_call": {"name": call["name"], "arguments": ""}}
                yield {"function_call": {"arguments": call["arguments"]}}
        elif style == "whole":
            if self.calls:
                yield {"content": None, "tool_calls": [self.call(call, index) for index, call in enumerate(self.calls)]}
        elif style == "index0":
            for call in self.calls:
                yield {"tool_calls": [self.call(call, 0)]}
        else:
            for index, call in enumerate(self.calls):
                yield {"tool_calls": [self.call({**call, "arguments": ""}, index)]}
                for start in range(0, len(call["arguments"]), 7):
                    yield {"tool_calls": [{"index": index, "function": {"arguments": call["arguments"][start:start + 7]}}]}

    def call(self, call, index):
        return {"index": index, "id": call["id"], "type": "function", "function": {"name": call["name"], "arguments": call["arguments"]}}

    async def break_off(self, fault):
        what = fault["do"]
        if what == "error":
            await self.send(fault.get("body", error("The server had an error: sk-secret", "server_error")))
            self.connection.write(b"0\r\n\r\n")
        elif what == "reset":
            await self.connection.writer.drain()
            # What was written is to arrive before the reset throws it away.
            await asyncio.sleep(0.05)
            self.connection.reset()
        elif what == "eof":
            self.connection.write(b"0\r\n\r\n")
        elif what == "garbage":
            await self.event(fault.get("body", "<html>502 Bad Gateway</html>"))
            self.connection.write(b"0\r\n\r\n")
        elif what == "freeze":
            await asyncio.sleep(3600)
        elif what == "endless":
            while True:
                self.connection.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")
                await self.connection.writer.drain()
        return None

    # MARK: - Bytes

    async def send(self, chunk):
        if self.step.get("calls_style") == "noindex":
            for choice in chunk.get("choices", []):
                for call in choice["delta"].get("tool_calls") or []:
                    call.pop("index")
        await self.event(json.dumps(chunk, ensure_ascii=False))

    async def event(self, data, ends=True):
        await self.bytes(f"data: {data}{self.newline}{self.newline if ends else ''}".encode())

    async def line(self, text):
        await self.bytes(f"{text}{self.newline}{self.newline}".encode())

    async def bytes(self, data):
        size = self.step.get("cut") or len(data)
        for start in range(0, len(data), size):
            piece = data[start:start + size]
            self.connection.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            if "drip_ms" in self.step:
                await self.connection.writer.drain()
                await pause(self.step["drip_ms"])
        await self.connection.writer.drain()


async def pause(milliseconds):
    if milliseconds:
        await asyncio.sleep(milliseconds / 1000)


def date(value):
    """`date:5` is five seconds from now, as a date."""
    return email.utils.formatdate(time.time() + float(value[5:]), usegmt=True) if str(value).startswith("date:") else value


async def main():
    server = Server()
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(
        lambda: asyncio.StreamReaderProtocol(WatchedReader(limit=8 << 20, loop=loop), server.serve, loop=loop), "127.0.0.1", 0)
    print("PORT", listener.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    try:
        asyncio.run(main())
    finally:
        sys.stdout.flush()
