"""A fake of Google's streaming synthesis on Google's own types. Numbers in the text become sound that tells them (tone_code.py)."""
import asyncio, re, struct, time
from google.cloud import texttospeech_v1
import google_common
from google_common import Code, Refusal, invalid, parse
import tone_code

TYPES = texttospeech_v1.types.cloud_tts
LARGEST = 5_000
ENCODINGS = {3: "OGG_OPUS", 5: "MULAW", 6: "ALAW", 7: "PCM"}

STANDARD = {
    "header": False,        # a WAVE header before the audio
    "first_after": 0,       # seconds until the first audio
    "chunk": 1600,          # bytes of one answer
    "drip": 0,              # seconds between two answers
    "idle": 5,              # seconds without input
    "fail": None,           # {"at": bytes of audio | "open", "code": "...", "message": "..."}
    "garbage": None,        # bytes of audio after which an answer cannot be read
    "silent": False,        # no audio at all, and a good end
    "format": [7, 1, 8000, 8],      # of the header: tag, channels, rate, bits
}


def audio_of(text):
    """Line audio: 450 ms for a number, 60 ms of hum for any other letter."""
    hum = tone_code.mu_law(tone_code.numpy.rint(3000 * tone_code.numpy.sin(tone_code.numpy.arange(480) * 0.2)))
    return b"".join(tone_code.encode(int(part) & 0xFFFF) + b"\xff" * 800 if part.isdigit() else hum * len(part)
                    for part in re.findall(r"\d+|\D+", text))


def wave_header(tag, channels, rate, bits):
    """As of a stream: the sizes are not known. With a chunk that nobody needs, so that 44 bytes are not enough."""
    block = channels * bits // 8
    chunks = b"LIST" + struct.pack("<I", 5) + b"INFO\0\0" + b"fmt " + struct.pack("<IHHIIHH", 16, tag, channels, rate, rate * block, block, bits)
    return b"RIFF\xff\xff\xff\xffWAVE" + chunks + b"data\xff\xff\xff\xff"


class Sentence:
    """One call of StreamingSynthesize."""

    def __init__(self, fake, context):
        self.fake, self.context = fake, context
        self.script = fake.scripts.take()
        self.began = time.monotonic()
        self.sent = 0
        self.log = {"service": "synthesis", "texts": 0, "bytes": 0, "ended": None, "half_closed": False}
        fake.log.append(self.log)

    async def run(self):
        try:
            await self.converse()
            self.ended("OK")
        except Refusal as refusal:
            self.ended(refusal.code.name)
            await self.context.abort(refusal.code, refusal.message)
        except asyncio.CancelledError:
            # Not raised again: the library would print it.
            self.ended("cancelled")

    def ended(self, how):
        self.log.update(ended=how, bytes=self.sent, milliseconds=google_common.milliseconds(self.began))

    async def converse(self):
        self.fake.accounts.check(dict(self.context.invocation_metadata()))
        self.fail_at("open")
        first = await self.read()
        if first is None or first.WhichOneof("streaming_request") != "streaming_config":
            raise invalid("The first request must contain the streaming config.")
        self.configure(first.streaming_config)
        if self.script["header"]:
            await self.write(wave_header(*self.script["format"]))
        await asyncio.sleep(self.script["first_after"])
        while True:
            request = await self.read()
            if request is None:
                break
            if request.WhichOneof("streaming_request") != "input" or request.input.WhichOneof("input_source") != "text":
                raise invalid("Only text may follow the streaming config.")
            if not 0 < len(request.input.text.encode()) <= LARGEST:
                raise invalid(f"Input size limit exceeded: {LARGEST} bytes.")
            self.log["texts"] += 1
            if not self.script["silent"]:
                await self.speak(audio_of(request.input.text))
        self.log["half_closed"] = True

    async def read(self):
        try:
            async with asyncio.timeout(self.script["idle"]):
                data = await self.context.read()
        except TimeoutError:
            raise Refusal(
                Code.ABORTED,
                "Stream aborted due to long duration elapsed without input sent. Input must be sent continuously, at least every 5s seconds.")
        return None if data is google_common.grpc.aio.EOF else parse(TYPES.StreamingSynthesizeRequest.pb(), data)

    def configure(self, config):
        voice, audio = config.voice, config.streaming_audio_config
        if "-Chirp3-HD-" not in voice.name:
            raise invalid("Currently, only Chirp 3: HD voices are supported for streaming synthesis.")
        if not voice.name.startswith(f"{voice.language_code}-") or voice.language_code != "he-IL":
            raise invalid(f"Requested language code '{voice.language_code}' doesn't match the voice '{voice.name}'s language code.")
        if ENCODINGS.get(audio.audio_encoding) != "MULAW" or audio.sample_rate_hertz != 8000:
            raise invalid("Unsupported audio encoding or sample rate for streaming synthesis.")
        if audio.speaking_rate and not 0.25 <= audio.speaking_rate <= 2:
            raise invalid("speaking_rate is out of range.")
        self.log.update(voice=voice.name, rate=audio.speaking_rate)

    def fail_at(self, moment):
        fail = self.script["fail"]
        if fail and (fail["at"] == moment if isinstance(moment, str) else not isinstance(fail["at"], str) and moment >= fail["at"]):
            raise Refusal(google_common.status(fail["code"]), fail["message"])

    async def speak(self, audio):
        for start in range(0, len(audio), self.script["chunk"]):
            if start:
                await asyncio.sleep(self.script["drip"])
            self.fail_at(self.sent)
            if self.script["garbage"] is not None and self.sent >= self.script["garbage"]:
                await self.context.write(b"\xff\xff\xff\xff\xff")
            await self.write(audio[start:start + self.script["chunk"]])

    async def write(self, audio):
        self.sent += len(audio)
        await self.context.write(TYPES.StreamingSynthesizeResponse.pb()(audio_content=audio).SerializeToString())


class Synthesis:
    def __init__(self, accounts):
        self.accounts = accounts
        self.scripts = google_common.Scripts(STANDARD)
        self.log = []

    def handlers(self):
        async def synthesize(_, context):
            await Sentence(self, context).run()
        return [google_common.grpc.method_handlers_generic_handler(
            "google.cloud.texttospeech.v1.TextToSpeech",
            {"StreamingSynthesize": google_common.grpc.stream_stream_rpc_method_handler(synthesize)})]
