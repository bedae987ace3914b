#!/usr/bin/env python3
"""Soniox's `/transcribe-websocket`, on the types of the package soniox: the start message is validated by its model, and every message that
is sent is one of its events. Codes and texts of errors, and what ends a stream, are those of Soniox's documentation."""
import sys
from pathlib import Path

HERE = str(Path(__file__).resolve().parent)
# This file has the SDK's name: the SDK comes first.
sys.path[:] = [path for path in sys.path if path != HERE] + [HERE]

import json, time
import pydantic
from soniox.types.common import Token
from soniox.types.realtime import TOKEN_TEXT_END, TOKEN_TEXT_FIN, RealtimeEvent, RealtimeSTTConfig
from aiohttp import WSMsgType, web
from fake import Fake, Refusal, Session, converse

ENDPOINT = 700                      # milliseconds of silence after which the model calls an utterance finished
CONTEXT = 10_000


class Start(RealtimeSTTConfig):
    model_config = pydantic.ConfigDict(extra="forbid", strict=True)


def check(text):
    try:
        value = json.loads(text)
    except ValueError:
        raise Refusal("Start request is malformed.")
    if not isinstance(value, dict) or "api_key" in value:
        raise Refusal("Start request is malformed.")
    try:
        start = Start(**value)
    except pydantic.ValidationError:
        raise Refusal("Start request is malformed.")
    if start.model != "stt-rt-v5":
        raise Refusal("Invalid model specified.")
    if (start.audio_format, start.sample_rate, start.num_channels) != ("mulaw", 8000, 1):
        raise Refusal("this fake hears mu-law of 8 kHz, mono")
    if start.language_hints != ["he"]:
        raise Refusal("Invalid language hint.")
    context = value.get("context")
    if context is not None and (set(context) - {"general", "text", "terms"} or len(json.dumps(context, ensure_ascii=False)) > CONTEXT):
        raise Refusal("Context is too long (max length 10000).")
    return start


class Soniox(Fake):
    async def listen(self, request):
        kind, _, key = request.headers.get("Authorization", "").partition(" ")
        script, record, refusal = await self.enter(request, key)
        if kind != "Bearer" or script is None:
            return web.json_response({"error_code": 401, "error_message": f"Invalid API key {key}."}, status=401)
        if refusal is not None:
            return refusal
        if request.query:
            record.violation("parameters in the address")
        session = Session(request, key, script, record)
        session.start = None
        session.tokens = []         # not final yet
        return await converse(session, self.run)

    async def error(self, session, code, text):
        if session["stealthy"]:
            text += f" {session.key}"
        await session.send(RealtimeEvent(error_code=code, error_message=text).model_dump_json(exclude_none=True))
        await session.close(1000)

    async def run(self, session):
        if session["late_refusal"]:
            return await self.error(session, *session["late_refusal"])
        async for message in session.messages():
            overdue = session.overdue()
            if overdue == "idle":
                return await self.error(session, 408, "Request timeout.")
            if overdue == "limit":
                return await self.error(session, 400, "Audio is too long.")
            if message is None:
                continue
            try:
                if session.start is None:
                    if message.type != WSMsgType.TEXT:
                        raise Refusal("Start request must be a text message.")
                    session.start = check(message.data)
                    session.record.note("start", json.loads(message.data))
                elif not message.data:
                    return await self.end(session)
                elif message.type == WSMsgType.BINARY:
                    await self.audio(session, message.data)
                else:
                    self.control(session, message.data)
            except Refusal as refused:
                session.record.violation(refused.what)
                return await self.error(session, 400, refused.what)
            fault = session.fault_due()
            if fault and not await session.misbehave(fault):
                codes = {"cannot": (503, "Cannot continue request (code 5). Please restart the request."), "quota": (402, "balance exhausted"),
                         "rate": (429, "Rate limit for your project has been exceeded."), "error": (500, "The server had an error.")}
                return await self.error(session, *codes[fault["do"]])

    def event(self, session, tokens, delay, mark=None, **more):
        total = session.ear.milliseconds
        value = RealtimeEvent(tokens=tokens, final_audio_proc_ms=session.heard, total_audio_proc_ms=total, **more).model_dump_json(exclude_none=True)
        return session.after(delay, lambda: session.send(value, mark))

    async def audio(self, session, data):
        if session.hear(data):
            for text, start, end in session.words:
                # Parts of words, as the model's vocabulary has them.
                parts = [" " + text[:2], text[2:]] if len(text) > 2 else [" " + text]
                step = (end - start) // len(parts)
                session.tokens += [(part, start + step * index, start + step * (index + 1)) for index, part in enumerate(parts)]
            session.words = []
            if session.script.get("interim_latency_ms", 0) is not None:
                # The first parts are certain early, the rest is not.
                sure, session.tokens = session.tokens[:-2], session.tokens[-2:]
                self.event(session, self.tokens(session, sure, True) + self.tokens(session, session.tokens, False), session["interim_latency_ms"] or 0)
        elif session.tokens and session.ear.milliseconds - session.tokens[-1][2] >= ENDPOINT and session.start.enable_endpoint_detection:
            self.final(session, session["latency_ms"] or 0, TOKEN_TEXT_END)

    @staticmethod
    def tokens(session, parts, final):
        if final and parts:
            session.heard = parts[-1][2]
        return [Token(text=text, start_ms=start, end_ms=end, confidence=0.9, is_final=final) for text, start, end in parts]

    def final(self, session, delay, end=None, **more):
        tokens, session.tokens = self.tokens(session, session.tokens, True), []
        return self.event(session, tokens + ([Token(text=end, is_final=True)] if end else []), delay, "final", **more)

    def control(self, session, text):
        try:
            value = json.loads(text)
        except ValueError:
            raise Refusal("Control request is malformed.")
        if value == {"type": "keepalive"}:
            session.last = time.monotonic()
        elif value == {"type": "finalize"}:
            session.record.mark("finalize")
            self.final(session, session["latency_ms"] or 0, TOKEN_TEXT_FIN)
        else:
            raise Refusal("Control request invalid type.")
        session.record.note(value["type"])

    async def end(self, session):
        if session.ear.milliseconds == 0:
            return await self.error(session, 400, "No audio received.")
        await self.final(session, session["closing_ms"] or session["latency_ms"] or 0, finished=True)
        if not session["mute"]:
            await session.close(1000)


if __name__ == "__main__":
    fake = Soniox()
    fake.serve([web.get("/transcribe-websocket", fake.listen)])
