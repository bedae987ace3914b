"""A TCP relay between a client and a fake, for what happens to connections and not to servers."""
import asyncio, socket, struct


class Relay:
    """Modes: pass; freeze (nothing moves, nothing ends); silent (new connections are accepted and lead nowhere)."""

    def __init__(self, target):
        self.target, self.mode = target, "pass"
        self.accepted = 0
        self.open = set()
        self.moves = asyncio.Event()
        self.moves.set()

    async def start(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        return self.server.sockets[0].getsockname()[1]

    def set(self, mode):
        """`reset` breaks what is open, as a crash of the peer does, and then passes."""
        if mode == "reset":
            for writer in list(self.open):
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
            mode = "pass"
        self.mode = mode
        self.moves.clear() if mode == "freeze" else self.moves.set()

    async def serve(self, reader, writer):
        self.accepted += 1
        self.open.add(writer)
        there = None
        try:
            if self.mode == "silent":
                while await reader.read(65536):
                    pass
                return
            back, there = await asyncio.open_connection("127.0.0.1", self.target)
            await asyncio.gather(self.pump(reader, there), self.pump(back, writer))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self.open.discard(writer)
            for end in (writer, there):
                if end:
                    end.close()

    def stop(self):
        self.server.close()
        for writer in self.open:
            writer.transport.abort()

    async def pump(self, reader, writer):
        while data := await reader.read(65536):
            await self.moves.wait()
            writer.write(data)
            await writer.drain()
        writer.close()
