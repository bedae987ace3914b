#!/usr/bin/env python3
"""ElevenLabs' `/v1/speech-to-text/realtime`, on the SDK's own types: they name the parameters, and every message is one of their models."""
import base64, binascii, inspect, json, typing

import pydantic
from aiohttp import WSMsgType, web
from elevenlabs import types
from elevenlabs.realtime.scribe import AudioFormat, CommitStrategy, ScribeRealtime
from elevenlabs.types import InputAudioChunkPayload
from elevenlabs.v_1_speech_to_text_realtime.types import TextToDialogueModelId
from fake import Fake, Refusal, Session, converse

PARAMETERS = set(inspect.signature(ScribeRealtime._build_websocket_url).parameters) - {"self", "token"}
MODELS = {value for part in typing.get_args(TextToDialogueModelId) for value in typing.get_args(part)}
SMALLEST_COMMIT = 300               # milliseconds; less is refused, and the session goes on
LARGEST_CHUNK = 64_000              # bytes of base64; the vendor's own figure is not known
PARTIALS_FROM = 2_000               # milliseconds of audio since the last commit before the model says anything by itself
ERRORS = {
    "auth_error": types.ScribeAuthErrorPayload, "quota": types.ScribeQuotaExceededErrorPayload, "rate": types.ScribeRateLimitedErrorPayload,
    "error": types.ScribeTranscriberErrorPayload, "throttled": types.ScribeThrottledErrorPayload, "input": types.ScribeInputErrorPayload,
    "size": types.ScribeChunkSizeExceededErrorPayload, "limit": types.ScribeSessionTimeLimitExceededErrorPayload,
    "quiet": types.ScribeInsufficientAudioActivityErrorPayload, "overflow": types.ScribeQueueOverflowErrorPayload,
    "exhausted": types.ScribeResourceExhaustedErrorPayload, "terms": types.ScribeUnacceptedTermsErrorPayload}


class Chunk(InputAudioChunkPayload):
    model_config = pydantic.ConfigDict(extra="forbid", strict=True, frozen=True)


def check(query):
    values = {}
    for name, value in query.items():
        values.setdefault(name, []).append(value)
        if name not in PARAMETERS:
            raise Refusal(f"unknown parameter {name}")
    for name, found in values.items():
        if len(found) > 1 and name not in ("keyterms", "secondary_languages", "entity_detection", "entity_redaction"):
            raise Refusal(f"{name} twice")
    one = {name: found[0] for name, found in values.items()}
    if one.get("model_id") not in MODELS or one.get("audio_format") not in {format.value for format in AudioFormat}:
        raise Refusal("unknown model or format")
    if one["audio_format"] != "ulaw_8000" or one.get("commit_strategy", "manual") != CommitStrategy.MANUAL.value:
        raise Refusal("this fake hears mu-law of 8 kHz and waits for commits")
    if one.get("language_code") != "he":
        raise Refusal("this fake hears Hebrew")
    terms = values.get("keyterms", [])
    if len(terms) > 50 or any(not term.strip() or len(term) > 20 for term in terms):
        raise Refusal("more than 50 keyterms, or one of more than 20 letters")
    return one, terms


class ElevenLabs(Fake):
    async def listen(self, request):
        key = request.headers.get("xi-api-key", "")
        script, record, refusal = await self.enter(request, key)
        if script is None:
            return web.json_response({"detail": {"status": "invalid_api_key", "message": f"Invalid API key {key}"}}, status=401)
        if refusal is not None:
            return refusal
        if any(key in value for value in request.query.values()):
            record.violation("the key is in the address")
        session = Session(request, key, script, record)
        session.uncommitted = 0     # milliseconds of audio
        session.first = True
        try:
            session.one, session.terms = check(request.query)
        except Refusal as refused:
            record.violation(refused.what)
            return web.json_response({"detail": {"status": "invalid_request", "message": refused.what}}, status=400)
        return await converse(session, self.run)

    async def error(self, session, kind, end=True):
        text = f"{kind} of {session.key}" if session["stealthy"] else kind
        await session.send(ERRORS[kind](error=text).model_dump_json())
        if end:
            await session.close(1000)

    async def run(self, session):
        if session["late_refusal"]:
            return await self.error(session, session["late_refusal"])
        one = session.one
        await session.send(types.SessionStartedPayload(session_id="s", config=types.SessionStartedPayloadConfig(
            sample_rate=8000, audio_format=one["audio_format"], language_code=one["language_code"], commit_strategy="manual", model_id=one["model_id"],
            include_timestamps=one.get("include_timestamps") == "true", keyterms=session.terms)).model_dump_json())
        async for message in session.messages():
            overdue = session.overdue()
            if overdue == "idle":
                # Seen elsewhere: a normal close, without a word.
                return await (self.error(session, "quiet") if session["idle_error"] else session.close(1000))
            if overdue == "limit":
                return await self.error(session, "limit")
            if message is None:
                continue
            try:
                if message.type != WSMsgType.TEXT:
                    raise Refusal("input_error: a binary message", kind="input")
                await self.chunk(session, message.data)
            except Refusal as refused:
                session.record.violation(refused.what)
                return await self.error(session, refused.details.get("kind", "overflow"))
            fault = session.fault_due()
            if fault and not await session.misbehave(fault):
                return await self.error(session, fault["do"])

    async def chunk(self, session, text):
        try:
            chunk = Chunk(**json.loads(text))
            audio = base64.b64decode(chunk.audio_base_64, validate=True)
        except (ValueError, TypeError, binascii.Error, pydantic.ValidationError):
            raise Refusal("a message that is none", kind="input")
        if chunk.sample_rate != 8000 or (chunk.previous_text is not None and not session.first):
            raise Refusal("another rate, or an earlier text too late", kind="input")
        if len(chunk.audio_base_64) > LARGEST_CHUNK:
            raise Refusal("a chunk that is too large", kind="size")
        session.first = False
        if audio:
            session.uncommitted += len(audio) // 8
            if all(code == 0xFF for code in audio) and not session.words:
                session.record.note("stillness", len(audio))
            if session.hear(audio) and session.uncommitted >= session.script.get("partials_from_ms", PARTIALS_FROM):
                if session.script.get("interim_latency_ms", 0) is not None:
                    value = types.PartialTranscriptPayload(text=" ".join(text for text, _, _ in session.words)).model_dump_json()
                    session.after(session["interim_latency_ms"] or 0, lambda: session.send(value))
        if chunk.commit:
            session.record.note("commit")
            session.record.mark("finalize")
            if session.uncommitted < SMALLEST_COMMIT:
                session.record.violation("a commit of less than 0.3 s")
                return await self.error(session, "throttled", end=False)
            await self.commit(session)
        elif session["auto_commit_ms"] and session.uncommitted >= session["auto_commit_ms"]:
            await self.commit(session)

    async def commit(self, session):
        words, session.words, session.uncommitted = session.words, [], 0
        text = " ".join(text for text, _, _ in words)
        plain = types.CommittedTranscriptPayload(text=text).model_dump_json()
        timed = types.CommittedTranscriptWithTimestampsPayload(text=text, language_code="he", words=[
            part for text, start, end in words for part in (
                types.TranscriptionWord(text=text, start=start / 1000, end=end / 1000, type="word", logprob=-0.1),
                types.TranscriptionWord(text=" ", start=end / 1000, end=end / 1000, type="spacing", logprob=0.0))]).model_dump_json()

        async def both():
            await session.send(plain, "final")
            if session.one.get("include_timestamps") == "true":
                await session.send(timed)

        session.after(session["closing_ms"] or session["latency_ms"] or 0, both)


if __name__ == "__main__":
    fake = ElevenLabs()
    fake.serve([web.get("/v1/speech-to-text/realtime", fake.listen)])
