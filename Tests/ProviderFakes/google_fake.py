#!/usr/bin/env python3
"""Google's recognition, synthesis and token server in one process, on this machine and for tests.

    google_fake.py [--project P] [--location L] [--tls DIRECTORY] [--streams N] [--age MILLISECONDS] [--script FILE]

Prints one line of JSON when it is ready: the ports (`grpc`, `relay`: the same through a relay, `http`) and the service account's
`credentials`. Ends when its standard input does. The HTTP port:

    POST /token         the token server
    POST /speech        {"script": {...}, "queue": [...]}: what the next streams meet, google_speech.STANDARD
    POST /synthesis     the same, google_tts.STANDARD
    POST /accounts      {"life": seconds, "status": .., "error": .., "delay": .., "echo": true}; {"refuse": true} ends all tokens
    POST /relay         {"mode": "pass" | "freeze" | "silent" | "reset"}
    GET  /log           every call in the order of its beginning
    GET  /state         {"grants": .., "accepted": connections of the relay}
"""
import argparse, asyncio, json, os, sys

# Before the library is loaded: refused certificates are part of the tests and need no lines.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")
import control, google_common, google_speech, google_tts, relay


class Fake:
    def __init__(self, arguments):
        self.accounts = google_common.Accounts(arguments.project)
        self.speech = google_speech.Speech(self.accounts, arguments.project, arguments.location)
        self.synthesis = google_tts.Synthesis(self.accounts)

    async def handle(self, method, path, body):
        match method, path:
            case "POST", "/token":
                await asyncio.sleep(self.accounts.script["delay"])
                return self.accounts.exchange(body)
            case "POST", "/speech": self.speech.scripts.set(body)
            case "POST", "/synthesis": self.synthesis.scripts.set(body)
            case "POST", "/accounts":
                if body.pop("refuse", False):
                    self.accounts.refused |= set(self.accounts.granted) | set(self.accounts.seen)
                self.accounts.script |= body
            case "POST", "/relay": self.relay.set(body["mode"])
            case "GET", "/log": return 200, self.speech.log + self.synthesis.log
            case "GET", "/state": return 200, {"grants": self.accounts.grants, "accepted": self.relay.accepted}
            case _: return 404, {"error": path}
        return 200, {}


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--project", default="maane-test")
    parser.add_argument("--location", default="eu")
    parser.add_argument("--tls", help="directory with server.pem and server.key")
    parser.add_argument("--streams", type=int, default=100, help="per connection")
    parser.add_argument("--age", type=int, help="of a connection, until the server says goodbye to it")
    parser.add_argument("--script", help="JSON file: {\"speech\": {...}, \"synthesis\": {...}}, as posted")
    arguments = parser.parse_args()

    fake = Fake(arguments)
    if arguments.script:
        with open(arguments.script, encoding="utf-8") as file:
            scripts = json.load(file)
        fake.speech.scripts.set(scripts.get("speech", {}))
        fake.synthesis.scripts.set(scripts.get("synthesis", {}))
    options = [("grpc.max_concurrent_streams", arguments.streams), ("grpc.http2.min_ping_interval_without_data_ms", 5_000)]
    if arguments.age:
        options.append(("grpc.max_connection_age_ms", arguments.age))
    server = google_common.grpc.aio.server(options=options)
    for handler in fake.speech.handlers() + fake.synthesis.handlers():
        server.add_generic_rpc_handlers((handler,))
    if arguments.tls:
        key, chain = (open(f"{arguments.tls}/server.{end}", "rb").read() for end in ("key", "pem"))
        port = server.add_secure_port("127.0.0.1:0", google_common.grpc.ssl_server_credentials([(key, chain)]))
    else:
        port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    fake.relay = relay.Relay(port)
    steering, http = await control.serve(fake.handle)
    ready = {"grpc": port, "relay": await fake.relay.start(), "http": http, "credentials": json.dumps(fake.accounts.credentials)}
    print(json.dumps(ready), flush=True)

    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    loop.add_reader(sys.stdin, lambda: over.set() if not sys.stdin.buffer.read1(4096) else None)
    await over.wait()
    fake.relay.stop()
    await server.stop(None)


if __name__ == "__main__":
    asyncio.run(main())
