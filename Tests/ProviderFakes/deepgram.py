#!/usr/bin/env python3
"""Deepgram's `/v1/listen`, on deepgram-sdk's own types: they name the parameters, and every message is one of their models."""
import sys
from pathlib import Path

HERE = str(Path(__file__).resolve().parent)
# This file has the SDK's name: the SDK comes first.
sys.path[:] = [path for path in sys.path if path != HERE] + [HERE]

import inspect, json, time, typing
import pydantic
from deepgram.listen.v1.client import AsyncV1Client
from deepgram.listen.v1.types import (
    ListenV1CloseStream, ListenV1Error, ListenV1Finalize, ListenV1KeepAlive, ListenV1Metadata, ListenV1Results, ListenV1SpeechStarted)
from deepgram.types.listen_v1encoding import ListenV1Encoding
from deepgram.types.listen_v1model import ListenV1Model
from aiohttp import WSMsgType, web
from fake import Fake, Refusal, Session, converse

PARAMETERS = set(inspect.signature(AsyncV1Client.connect).parameters) - {"self", "request_options", "authorization"}
FLAGS = {"interim_results", "punctuate", "smart_format", "vad_events", "numerals", "diarize", "multichannel", "dictation", "profanity_filter"}
CONTROLS = {"Finalize": ListenV1Finalize, "CloseStream": ListenV1CloseStream, "KeepAlive": ListenV1KeepAlive}
NOTICEABLE = 100                    # milliseconds of audio that make Finalize worth an answer


def literals(union):
    return {value for part in typing.get_args(union) for value in typing.get_args(part)}


def check(query):
    values = {}
    for name, value in query.items():
        values.setdefault(name, []).append(value)
    for name, found in values.items():
        if name not in PARAMETERS:
            raise Refusal(f"unknown parameter {name}")
        if len(found) > 1 and name not in ("keyterm", "keywords", "search", "replace", "redact", "tag", "extra"):
            raise Refusal(f"{name} twice")
        if name in FLAGS and found[0] not in ("true", "false"):
            raise Refusal(f"{name} is neither true nor false")
    one = {name: found[0] for name, found in values.items()}
    if one.get("model") not in literals(ListenV1Model) or one.get("encoding") not in literals(ListenV1Encoding):
        raise Refusal("unknown model or encoding")
    if one.get("sample_rate") != "8000" or one["encoding"] != "mulaw" or one.get("channels", "1") != "1":
        raise Refusal("this fake hears mu-law of 8 kHz, mono")
    if one["model"] != "nova-3" or one.get("language") != "he":
        raise Refusal("this fake hears Hebrew by nova-3")
    terms = values.get("keyterm", [])
    if len(terms) > 100 or sum(len(term) for term in terms) > 500 or any(not term.strip() for term in terms):
        raise Refusal("too many keyterms")
    return int(one.get("endpointing", 10)), one.get("interim_results") == "true", one.get("vad_events") == "true"


def results(session, through, final, **marks):
    """A model of what was heard since the last final up to `through` milliseconds."""
    words = [word for word in session.words if word[2] <= through]
    value = ListenV1Results(
        channel_index=[0, 1], start=session.heard / 1000, duration=(through - session.heard) / 1000, is_final=final, **marks,
        channel={"alternatives": [{
            "transcript": " ".join(text for text, _, _ in words), "confidence": 0.98 if words else 0.0,
            "words": [{"word": text, "start": start / 1000, "end": end / 1000, "confidence": 0.98} for text, start, end in words]}]},
        metadata={"request_id": "r", "model_uuid": "u", "model_info": {"name": "nova-3", "version": "1", "arch": "nova-3"}})
    if final:
        session.words = session.words[len(words):]
        session.heard = through
    return value


class Deepgram(Fake):
    async def listen(self, request):
        kind, _, key = request.headers.get("Authorization", "").partition(" ")
        script, record, refusal = await self.enter(request, key)
        if kind != "Token" or script is None:
            return web.json_response({"err_code": "INVALID_AUTH", "err_msg": f"Invalid credentials {key}.", "request_id": "r"}, status=401)
        if refusal is not None:
            return refusal
        if any(key in value for value in request.query.values()):
            record.violation("the key is in the address")
        session = Session(request, key, script, record)
        try:
            session.endpointing, session.interims, session.vad = check(request.query)
        except Refusal as refused:
            record.violation(refused.what)
            return web.json_response({"err_code": "INVALID_QUERY_PARAMETER", "err_msg": refused.what, "request_id": "r"}, status=400)
        return await converse(session, self.run)

    async def run(self, session):
        async for message in session.messages():
            overdue = session.overdue()
            if overdue == "idle":
                return await session.close(1011, "NET-0001: Deepgram did not receive audio data or a text message within the timeout window.")
            if overdue == "limit":
                return await session.close(1011, "NET-0003: the connection is too old")
            if message is None:
                continue
            try:
                if not message.data:
                    return await self.end(session)
                if message.type == WSMsgType.BINARY:
                    await self.audio(session, message.data)
                elif await self.control(session, message.data):
                    return
            except Refusal as refused:
                session.record.violation(refused.what)
                if refused.details.get("pace"):
                    return await session.close(1011, refused.what)
                error = ListenV1Error(variant="SchemaError", description=f"{refused.what} {session.key}", message=str(message.data))
                await session.send(error.model_dump_json())
            fault = session.fault_due()
            if fault and not await session.misbehave(fault):
                error = ListenV1Error(variant="Internal", description=f"something about {session.key}", code=fault["do"])
                await session.send(error.model_dump_json())

    async def audio(self, session, data):
        had = bool(session.words)
        new = session.hear(data)
        now = session.ear.milliseconds
        if session.vad and new and not had:
            await session.send(ListenV1SpeechStarted(channel=[0, 1], timestamp=session.words[0][1] / 1000).model_dump_json())
        if new and session.interims and session.script.get("interim_latency_ms", 0) is not None:
            value = results(session, now, False, speech_final=False, from_finalize=False).model_dump_json()
            session.after(session["interim_latency_ms"] or 0, lambda: session.send(value))
        if session.words and now - session.words[-1][2] >= session.endpointing and not session["no_endpointing"]:
            self.final(session, session["latency_ms"] or 0, speech_final=True, from_finalize=False)

    def final(self, session, delay, **marks):
        value = results(session, session.ear.milliseconds, True, **marks).model_dump_json()
        return session.after(delay, lambda: session.send(value, "final"))

    async def control(self, session, text):
        """Returns whether the conversation is over."""
        try:
            value = json.loads(text)
            model = CONTROLS[value["type"]](**value)
        except (ValueError, KeyError, TypeError, pydantic.ValidationError):
            raise Refusal("a message that is none")
        if set(value) != {"type"}:
            raise Refusal(f"unknown fields in {model.type}")
        session.record.note(model.type)
        if model.type == "KeepAlive":
            session.last = time.monotonic()
        elif model.type == "Finalize":
            session.record.mark("finalize")
            # What the documentation says: without much audio in the buffer there may be no answer.
            if session.words or session.ear.milliseconds - session.heard >= NOTICEABLE:
                self.final(session, session["latency_ms"] or 0, speech_final=True, from_finalize=True)
        else:
            await self.end(session)
            return True
        return False

    async def end(self, session):
        """After CloseStream: what is left, a summary, and the end."""
        if session.words or session.ear.milliseconds > session.heard:
            await self.final(session, session["closing_ms"] or session["latency_ms"] or 0, speech_final=True, from_finalize=False)
        summary = ListenV1Metadata(
            transaction_key="deprecated", request_id="r", sha256="0", created="2026-01-01T00:00:00Z",
            duration=session.ear.milliseconds / 1000, channels=1)
        await session.send(summary.model_dump_json())
        if not session["mute"]:
            await session.close(1000)


if __name__ == "__main__":
    fake = Deepgram()
    fake.serve([web.get("/v1/listen", fake.listen)])
