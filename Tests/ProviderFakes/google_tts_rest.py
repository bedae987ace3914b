"""A fake of Google's `text:synthesize` over REST, on Google's own types."""
import base64, json
from google.cloud import texttospeech_v1
from google.protobuf import json_format
import speech_fake, tone_voice
from speech_fake import Refusal, wave

KEY, TOKEN = "fake-key", "fake-token"
REQUEST, RESPONSE = texttospeech_v1.SynthesizeSpeechRequest, texttospeech_v1.SynthesizeSpeechResponse
VOICES = {f"he-IL-{family}-{letter}" for family in ("Standard", "Wavenet") for letter in "ABCD"} | {"he-IL-Chirp3-HD-Kore"}
PROFILES = {"telephony-class-application", "handset-class-device"}
STATUS = {"INVALID_ARGUMENT": 400, "UNAUTHENTICATED": 401, "PERMISSION_DENIED": 403, "RESOURCE_EXHAUSTED": 429, "INTERNAL": 500, "UNAVAILABLE": 503}


def error(code, message="as the script says"):
    # The message quotes what was sent, as a careless server does: it must not come to light anywhere.
    return Refusal(STATUS[code], {"error": {"code": STATUS[code], "message": message, "status": code, "details": []}}, code=code)


class Vendor:
    error = staticmethod(error)

    def check(self, method, path, query, headers, body, options):
        if (method, path, query) != ("POST", "/v1/text:synthesize", {}):
            raise Refusal(404, b"Not Found", "text/html")
        if headers.get("x-goog-api-key") != KEY and headers.get("authorization") != f"Bearer {TOKEN}":
            raise error("UNAUTHENTICATED")
        if not headers.get("content-type", "").startswith("application/json"):
            raise error("INVALID_ARGUMENT", "no JSON")
        request = REQUEST()
        try:
            json_format.Parse(body, REQUEST.pb(request), ignore_unknown_fields=False)
        except json_format.ParseError as problem:
            raise error("INVALID_ARGUMENT", str(problem))
        voice, config = request.voice, request.audio_config
        if REQUEST.pb(request).input.WhichOneof("input_source") != "text":
            raise error("INVALID_ARGUMENT", "exactly one input")
        text = request.input.text
        if not 0 < len(text.encode()) <= 5_000:
            raise error("INVALID_ARGUMENT", f"length of {text}")
        if voice.language_code != "he-IL" or voice.name not in VOICES:
            raise error("INVALID_ARGUMENT", f"Voice '{voice.name}' does not exist. Is it misspelled?")
        if config.audio_encoding != texttospeech_v1.AudioEncoding.MULAW or config.sample_rate_hertz != 8_000:
            raise error("INVALID_ARGUMENT", "encoding")
        if config.pitch or config.volume_gain_db or not set(config.effects_profile_id) <= PROFILES:
            raise error("INVALID_ARGUMENT", "audio config")
        return {"text": text, "voice": voice.name}

    def audio(self, request, step):
        audio = b"\xff" * (8 * step["lead_ms"]) + (b"\xff" * 8_000 if step["fault"] == "silent" else tone_voice.line(request["text"]))
        form = step["wave"] or "plain"
        file = audio if form == "none" else wave(audio, form, 7, 8_000, 8)
        answer = json_format.MessageToJson(RESPONSE.pb(RESPONSE(audio_content=file)), indent=2)
        if form == "base64":
            answer = answer.replace("UklGR", "UklG*", 1)
        return "application/json; charset=UTF-8", answer.encode(), True


if __name__ == "__main__":
    speech_fake.main(Vendor())
