#!/usr/bin/env python3
"""`/v1/audio/transcriptions` of OpenAI and of servers that answer alike, on the SDK's own types: they name the fields, and every answer is one of
their models.

More of a script: `style` is how other servers answer: `plain` (one JSON object, streamed or not), `segments` (events without a type, and no
end), `open` (no event at the end); `answer_ms` is the time between an event and the next; `latencies_ms` are latencies by what was said, and a
fault's `text` is what it is for.
"""
import asyncio, email, io, json, typing, wave

from tonecode import Ear            # before numpy: it sets how many threads that uses
import numpy, pydantic
from aiohttp import web
from openai.types import Model
from openai.types.audio import Transcription, TranscriptionTextDeltaEvent, TranscriptionTextDoneEvent
from openai.types.audio.transcription_create_params import TranscriptionCreateParamsNonStreaming, TranscriptionCreateParamsStreaming
from openai.types.audio_model import AudioModel
from openai.types.audio_response_format import AudioResponseFormat
from fake import LINGER, Fake, Refusal

FIELDS = {**typing.get_type_hints(TranscriptionCreateParamsNonStreaming), **typing.get_type_hints(TranscriptionCreateParamsStreaming)}
LISTS = {"include", "keywords", "languages", "timestamp_granularities", "known_speaker_names", "known_speaker_references"}
FORMATS = typing.get_args(AudioResponseFormat)
LARGEST = 25 << 20


def error(status, code, text, headers=None, kind="invalid_request_error"):
    return web.json_response({"error": {"message": text, "type": kind, "param": None, "code": code}}, status=status, headers=headers)


def parts(request, body):
    """Name, file's name, type and content of each part (RFC 7578), by the letter."""
    head = email.message_from_string(f"Content-Type: {request.headers.get('Content-Type', '')}\n\n")
    boundary = head.get_param("boundary")
    if head.get_content_type() != "multipart/form-data" or not boundary:
        raise Refusal("no form")
    first, *rest = body.split(b"--" + boundary.encode())
    if first or not rest or rest.pop() != b"--\r\n":
        raise Refusal("a form without beginning or end")
    for part in rest:
        headers, gap, content = part.partition(b"\r\n\r\n")
        if not gap or not headers.startswith(b"\r\n") or not content.endswith(b"\r\n"):
            raise Refusal("a part that is none")
        message = email.message_from_bytes(headers[2:] + b"\r\n\r\n")
        if message.get_content_disposition() != "form-data":
            raise Refusal("a part that is no form's")
        yield message.get_param("name", header="content-disposition"), message.get_filename(), message.get("content-type"), content[:-2]


def form(request, body):
    """The fields and the file's samples, at 8 kHz."""
    fields, file = {}, None
    for name, filename, kind, content in parts(request, body):
        plain = name.removesuffix("[]")
        if plain not in FIELDS or (plain in LISTS) != name.endswith("[]"):
            raise Refusal(f"unknown field {name}")
        if name in fields:
            raise Refusal(f"{name} twice")
        if name == "file":
            if not (filename or "").endswith(".wav") or kind != "audio/wav":
                raise Refusal("a file without a name that tells its format")
            file = content
        else:
            fields[name] = content.decode()
    if file is None or not fields.get("model"):
        raise Refusal("file or model is missing")
    if len(file) > LARGEST:
        raise Refusal("the file is too large")
    if fields.get("language") != "he" or fields.get("response_format", "json") not in FORMATS:
        raise Refusal("language or format has a wrong value")
    if fields.get("stream", "true") not in ("true", "false"):
        raise Refusal("stream is neither true nor false")
    pydantic.TypeAdapter(AudioModel | str).validate_python(fields["model"])
    try:
        with wave.open(io.BytesIO(file)) as sound:
            if (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) != (16000, 1, 2):
                raise Refusal("this fake hears 16 bits, 16 kHz, mono")
            data = sound.readframes(sound.getnframes())
    except (wave.Error, EOFError):
        raise Refusal("the file is no sound")
    return fields, numpy.frombuffer(data, "<i2")[::2].astype(float)


class OpenAI(Fake):
    def key(self, request):
        kind, _, key = request.headers.get("Authorization", "").partition(" ")
        return key if kind == "Bearer" else ""

    def unauthorised(self, key):
        return error(401, "invalid_api_key", f"Incorrect API key provided: {key}. You can find your API key at …")

    async def models(self, request):
        script, record, refusal = await self.enter(request, self.key(request))
        if script is None:
            return self.unauthorised(self.key(request))
        if refusal is not None:
            return refusal
        record.note("models")
        return web.json_response({"object": "list", "data": [Model(id="gpt-transcribe", created=1, object="model", owned_by="system").model_dump()]})

    async def transcriptions(self, request):
        key = self.key(request)
        script, record, refusal = await self.enter(request, key)
        if script is None:
            return self.unauthorised(key)
        if refusal is not None:
            return refusal
        try:
            return await self.answer(request, key, script, record)
        except (ConnectionError, asyncio.CancelledError):
            record.values["closed"] = 1006
            raise

    async def answer(self, request, key, script, record):
        fault = script.get("fault") or {}
        body = await request.read()
        record.mark("finalize")
        try:
            fields, samples = form(request, body)
        except Refusal as refused:
            record.violation(refused.what)
            return error(400, None, refused.what)
        record.note("form", fields)
        ear = Ear()
        # The last tone may be cut short by the client's end of the utterance.
        words = [number for number, _, _ in ear.hear(numpy.concatenate([samples, numpy.zeros(400)]))]
        record.values["numbers"] += words
        record.values["milliseconds"] = len(samples) // 8
        text = " ".join(str(word) for word in words)
        if script.get("mute") or fault.get("do") == "freeze":
            await asyncio.sleep(3600)
        book = self.books[key]
        book["parallel"] = book.get("parallel", 0) + 1
        book["most"] = max(book.get("most", 0), book["parallel"])
        # Nobody is answered before this many have asked at once: what is counted then does not depend on how fast the machine is.
        for _ in range(500):
            if book["most"] >= script.get("together", 0):
                break
            await asyncio.sleep(0.01)
        await asyncio.sleep((script.get("latencies_ms", {}).get(text, script.get("latency_ms")) or 0) / 1000)
        # Before the answer: the client may ask again while this is still being left.
        book["parallel"] -= 1
        record.mark("final")
        if fault.get("do") in ("quota", "rate", "error") and fault.get("text", text) == text:
            status, code = {
                "quota": (429, "insufficient_quota"), "rate": (429, "rate_limit_exceeded"), "error": (503, "server_is_overloaded")}[fault["do"]]
            return error(status, code, f"no more for {key}", fault.get("headers"))
        usage = {"type": "tokens", "input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
        whole = Transcription(text=text, usage=usage)
        if fields.get("stream") != "true" or script.get("style") == "plain":
            body = whole.model_dump_json(exclude_none=True)
            return await self.write(request, script, fault, "application/json", [body[:len(body) // 2] if fault.get("do") == "garbage" else body])
        events, style = [], script.get("style")
        for index, word in enumerate(text.split()):
            piece = (" " if index else "") + word
            events.append(json.dumps({"text": piece}) if style == "segments" else
                          TranscriptionTextDeltaEvent(type="transcript.text.delta", delta=piece).model_dump_json(exclude_none=True))
        if script.get("noise"):
            events.insert(0, json.dumps({"type": "transcript.from_the_future", "value": [1]}))
        if not style:
            events.append(TranscriptionTextDoneEvent(type="transcript.text.done", text=text, usage=usage).model_dump_json(exclude_none=True))
        if fault.get("do") == "garbage":
            events[0] = '{"type": "transcript.text.del'
        if fault.get("do") == "cannot":
            events[-1] = json.dumps({"error": {"message": f"failed for {key}", "type": "server_error", "code": None, "param": None}})
        tail = [] if style else ["data: [DONE]\n\n"]
        return await self.write(request, script, fault, "text/event-stream", [f"data: {event}\n\n" for event in events] + tail)

    async def write(self, request, script, fault, kind, parts):
        response = web.StreamResponse(headers={"Content-Type": kind})
        await response.prepare(request)
        for index, part in enumerate(parts):
            if fault.get("do") == "reset" and index == len(parts) // 2:
                await response.write(part[:len(part) // 2].encode())
                await asyncio.sleep(0.02)
                request.transport.get_extra_info("socket").setsockopt(*LINGER)
                request.transport.abort()
                return response
            if script.get("drip_ms"):
                for byte in part.encode():
                    await response.write(bytes([byte]))
                    await asyncio.sleep(script["drip_ms"] / 1000)
            else:
                await response.write(part.encode())
                await asyncio.sleep(script.get("answer_ms", 0) / 1000)
        await response.write_eof()
        return response


if __name__ == "__main__":
    fake = OpenAI()
    fake.serve([web.post("/v1/audio/transcriptions", fake.transcriptions), web.get("/v1/models", fake.models)])
