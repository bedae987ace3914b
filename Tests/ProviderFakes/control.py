"""The smallest HTTP server a fake is steered through: JSON or forms in, JSON out, one request per connection."""
import asyncio, json, urllib.parse


async def serve(handle):
    """`handle(method, path, body)` gives (status, answer); body is a dictionary. Returns the port."""

    async def answer(reader, writer):
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, path, _ = head[0].split(" ", 2)
            headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
            data = (await reader.readexactly(int(headers.get("content-length", 0)))).decode()
            if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
                body = dict(urllib.parse.parse_qsl(data, strict_parsing=True))
            else:
                body = json.loads(data) if data else {}
            try:
                status, result = await handle(method, path, body)
            except (KeyError, ValueError) as error:
                status, result = 400, {"error": str(error)}
            payload = json.dumps(result).encode()
            head = f"HTTP/1.1 {status} -\r\nContent-Type: application/json\r\nContent-Length: {len(payload)}\r\nConnection: close\r\n\r\n"
            writer.write(head.encode() + payload)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    return server, server.sockets[0].getsockname()[1]
