"""A fake of ElevenLabs' streamed text-to-speech, on the types of the vendor's SDK: what its client would not send is refused."""
import inspect, json, re, typing
import pydantic
from elevenlabs.text_to_speech.raw_client import RawTextToSpeechClient
from elevenlabs.text_to_speech.types.text_to_speech_stream_request_output_format import TextToSpeechStreamRequestOutputFormat
from elevenlabs.types.voice_settings import VoiceSettings
import speech_fake, tone_voice
from speech_fake import Refusal, wave

KEY = "fake-key"
VOICES = {"voiceOfDana000000001", "voiceOfYossi00000002"}
# Of the SDK's models the only one that speaks Hebrew.
MODELS = {"eleven_v3"}
FORMATS = set(typing.get_args(typing.get_args(TextToSpeechStreamRequestOutputFormat)[0]))
IN_QUERY = {"enable_logging", "optimize_streaming_latency", "output_format"}
STATUS = {
    "invalid_api_key": 401, "quota_exceeded": 401, "too_many_concurrent_requests": 429, "system_busy": 429, "voice_not_found": 404,
    "model_not_found": 400, "max_character_limit_exceeded": 400, "internal_server_error": 500, "unsupported_language": 400,
}


def body_model():
    hints = typing.get_type_hints(RawTextToSpeechClient.stream)
    fields = {}
    for name, parameter in inspect.signature(RawTextToSpeechClient.stream).parameters.items():
        if name in IN_QUERY | {"self", "voice_id", "request_options"}:
            continue
        fields[name] = (hints[name], ... if parameter.default is inspect.Parameter.empty else None)
    return pydantic.create_model("Body", __config__=pydantic.ConfigDict(extra="forbid", strict=True, protected_namespaces=()), **fields)


BODY = body_model()


def error(code, message="as the script says"):
    return Refusal(STATUS[code], {"detail": {"status": code, "message": message}}, code=code)


class Vendor:
    error = staticmethod(error)

    def check(self, method, path, query, headers, body, options):
        match = re.fullmatch("/v1/text-to-speech/([^/]+)/stream", path)
        if method != "POST" or not match:
            raise Refusal(404, {"detail": "Not Found"})
        if headers.get("xi-api-key") != KEY:
            raise error("invalid_api_key")
        if not set(query) <= IN_QUERY or query.get("output_format") != ["ulaw_8000"] or "ulaw_8000" not in FORMATS:
            raise Refusal(422, {"detail": [{"loc": ["query", "output_format"], "msg": "no such format", "type": "value_error"}]})
        if headers.get("content-type") != "application/json":
            raise Refusal(422, {"detail": [{"loc": ["body"], "msg": "no JSON", "type": "value_error"}]})
        try:
            request = BODY.model_validate_json(body)
        except pydantic.ValidationError as problem:
            faults = [{"loc": list(fault["loc"]), "msg": fault["msg"], "type": fault["type"]} for fault in problem.errors()]
            raise Refusal(422, json.dumps({"detail": faults}, ensure_ascii=False, default=str).encode(), code="validation")
        if request.voice_settings and not set(json.loads(body)["voice_settings"]) <= set(VoiceSettings.model_fields):
            raise Refusal(422, {"detail": [{"loc": ["body", "voice_settings"], "msg": "unknown", "type": "value_error"}]}, code="validation")
        if match[1] not in VOICES:
            raise error("voice_not_found", f"A voice with the voice_id {match[1]} was not found.")
        if request.model_id not in MODELS:
            raise error("model_not_found")
        if request.language_code != "he":
            raise error("unsupported_language")
        if not 0 < len(request.text) <= 5_000:
            raise error("max_character_limit_exceeded", f"This request's text has {len(request.text)} characters: {request.text}")
        return {"text": request.text, "voice": match[1]}

    def audio(self, request, step):
        audio = b"\xff" * (8 * step["lead_ms"]) + (b"\xff" * 8_000 if step["fault"] == "silent" else tone_voice.line(request["text"]))
        return "audio/basic", wave(audio, step["wave"], 7, 8_000, 8) if step["wave"] else audio, False


if __name__ == "__main__":
    speech_fake.main(Vendor())
