"""A fake of Azure's speech synthesis over REST. The vendor publishes no types for it: this is its documentation, read strictly."""
import xml.etree.ElementTree as ET
import speech_fake, tone_voice
from speech_fake import Refusal, wave

KEY = "fake-key"
VOICES = {"he-IL-HilaNeural", "he-IL-AvriNeural"}
SPACE = "{http://www.w3.org/2001/10/synthesis}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
STATUS = {"bad_request": 400, "auth": 401, "forbidden": 403, "media": 415, "rate": 429, "gateway": 502, "unavailable": 503}


def error(code, message=""):
    return Refusal(STATUS[code], message.encode(), "text/plain", code)


class Vendor:
    error = staticmethod(error)

    def check(self, method, path, query, headers, body, options):
        if (method, path, query) != ("POST", "/cognitiveservices/v1", {}):
            raise Refusal(404, b"", "text/plain")
        if headers.get("ocp-apim-subscription-key") != KEY:
            raise error("auth")
        if headers.get("content-type") != "application/ssml+xml":
            raise error("media")
        if headers.get("x-microsoft-outputformat") != "raw-8khz-8bit-mono-mulaw" or not 0 < len(headers.get("user-agent", "")) < 255:
            raise error("bad_request")
        try:
            speak = ET.fromstring(body.decode())
        except (ET.ParseError, UnicodeDecodeError) as problem:
            raise error("bad_request", f"{problem} in {body.decode(errors='replace')}")
        voices = list(speak)
        if speak.tag != SPACE + "speak" or speak.attrib != {"version": "1.0", LANG: "he-IL"} or (speak.text or "").strip() or len(voices) != 1:
            raise error("bad_request", "speak")
        voice = voices[0]
        if voice.tag != SPACE + "voice" or set(voice.attrib) != {"name"} or len(voice) or (voice.tail or "").strip():
            raise error("bad_request", "voice")
        if voice.attrib["name"] not in VOICES or not (voice.text or "").strip():
            raise error("bad_request", "unknown voice or no text")
        return {"text": voice.text, "voice": voice.attrib["name"]}

    def audio(self, request, step):
        audio = b"\xff" * (8 * step["lead_ms"]) + (b"\xff" * 8_000 if step["fault"] == "silent" else tone_voice.line(request["text"]))
        return "audio/basic", wave(audio, step["wave"], 7, 8_000, 8) if step["wave"] else audio, False


if __name__ == "__main__":
    speech_fake.main(Vendor())
