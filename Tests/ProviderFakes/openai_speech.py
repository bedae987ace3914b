"""A fake of OpenAI's `/audio/speech`, on the types of the vendor's SDK; with the option `compatible`, of a server of one's own that answers as it."""
import json, typing
import pydantic
from openai.types.audio import speech_create_params
from openai.types.audio.speech_model import SpeechModel
import speech_fake, tone_voice
from speech_fake import Refusal, wave

KEY = "fake-key"
PARAMETERS = speech_create_params.SpeechCreateParams
PARAMETERS.__pydantic_config__ = pydantic.ConfigDict(extra="forbid", strict=True)
ADAPTER = pydantic.TypeAdapter(PARAMETERS)
VOICES = set(typing.get_args(next(part for part in typing.get_args(speech_create_params.Voice) if typing.get_origin(part) is typing.Literal)))
MODELS = set(typing.get_args(SpeechModel))
RATE = 24_000
STATUS = {
    "invalid_api_key": 401, "insufficient_quota": 429, "rate_limit_exceeded": 429, "slow_down": 429, "model_not_found": 404,
    "invalid_value": 400, "server_error": 500, "server_is_overloaded": 503,
}


def error(code, message="as the script says"):
    return Refusal(STATUS[code], {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}, code=code)


class Vendor:
    error = staticmethod(error)

    def check(self, method, path, query, headers, body, options):
        is_compatible = bool(options.get("compatible"))
        if (method, path, query) != ("POST", "/v1/audio/speech", {}):
            raise Refusal(404, {"detail": "Not Found"})
        if headers.get("authorization") != (f"Bearer {options['key']}" if options.get("key") else None if is_compatible else f"Bearer {KEY}"):
            raise error("invalid_api_key", "Incorrect API key provided: " + headers.get("authorization", ""))
        if headers.get("content-type") != "application/json":
            raise error("invalid_value")
        try:
            request = ADAPTER.validate_json(body)
        except pydantic.ValidationError as problem:
            raise error("invalid_value", str(problem))
        if request["model"] not in ({"piper-he"} if is_compatible else MODELS):
            raise error("model_not_found")
        if request["voice"] not in ({"noa", "yoav"} if is_compatible else VOICES) or not 0 < len(request["input"]) <= 4_096:
            raise error("invalid_value", request["input"])
        if request["response_format"] not in ("pcm", "wav"):
            raise error("invalid_value")
        return {"text": request["input"], "voice": request["voice"], "form": request["response_format"]}

    def audio(self, request, step):
        # A server of one's own may have another rate, which then stands in the header.
        rate = 16_000 if step["wave"] == "16k" else RATE
        audio = bytes(2 * rate // 1000 * step["lead_ms"]) + (bytes(2 * rate) if step["fault"] == "silent" else tone_voice.pcm(request["text"], rate))
        form = step["wave"] or ("endless" if request["form"] == "wav" else None)
        if form == "mp3":
            return "audio/mpeg", b"\xff\xf3\x44\xc4" + audio[:4_000], False
        if form == "ogg":
            return "audio/pcm", b"OggS\0\2" + audio[:4_000], False
        if form == "half":
            return "audio/pcm", audio[:-1], False
        return f"audio/{request['form']}", wave(audio, "plain" if form == "16k" else form, 1, rate, 16) if form else audio, False


if __name__ == "__main__":
    speech_fake.main(Vendor())
