"""A fake of Google's streaming recognition, v1 and v2, on Google's own types. It hears numbers written in sound (tone_code.py), so that
every word is bound to its audio, or says what a script tells it; it refuses what Google refuses, and dies as Google's streams die."""
import asyncio, time
from google.cloud import speech_v1, speech_v2
import google_common
from google_common import Code, Refusal, invalid, parse
import tone_code

LARGEST = 25_600
OURS = 15_000       # what a careful client keeps to
V1, V2 = speech_v1.types.cloud_speech, speech_v2.types.cloud_speech

STANDARD = {
    "hear": "tones",        # tones | text | echo | nothing
    "text": [],             # for text: [{"at": seconds of audio, "interims": [[piece, ...], ...], "final": "...", "end": seconds}]
    "interims": 1,          # for tones: hypotheses while an utterance grows
    "final_after": 0.3,     # for tones: seconds of audio after the last number until the final
    "finals": "as they come",   # or "half close": kept until the client has sent all
    "confidence": 0.9,
    "latency": 0,           # seconds until an answer leaves
    "half_close_delay": 0,  # seconds from the half-close to what is still to be said
    "limit": None,          # seconds of a stream's life
    "limit_by": "clock",    # or "audio"
    "idle": None,           # seconds without audio
    "ahead": None,          # seconds that audio may be ahead of the clock
    "fail": None,           # {"at": seconds of audio | "open" | "half close", "code": "...", "message": "...", "in_message": v1 only}
    "garbage": None,        # seconds of audio after which an answer cannot be read
    "drip": 0,              # seconds between the letters of hypotheses
    "strict": True,         # whether every message is searched for unknown fields; else the first only
    "end": None,            # seconds of audio after which the server ends the stream by itself, with OK
}


class Stream:
    """One call of StreamingRecognize."""

    def __init__(self, fake, version, context):
        self.fake, self.version, self.context = fake, version, context
        self.script = fake.scripts.take()
        self.began = self.last_audio = time.monotonic()
        self.decoder = tone_code.Decoder()
        self.audio = 0                  # bytes, which are samples
        self.words, self.word_end = [], 0
        self.kept = []                  # finals until the half-close
        self.requests = (V2 if version == "v2" else V1).StreamingRecognizeRequest.pb()
        self.finals = 0
        self.told = 0                   # of script["text"]
        self.speaks = False
        self.log = {"service": version, "messages": 0, "bytes": 0, "largest": 0, "numbers": [], "finals": [], "ended": None, "half_closed": False}
        fake.log.append(self.log)

    # --- the call

    async def run(self):
        try:
            await self.converse()
            self.ended("OK")
        except Refusal as refusal:
            self.ended(refusal.code.name, refusal.message)
            if self.version == "v1" and (self.script["fail"] or {}).get("in_message"):
                return await self.write(self.response(error={"code": refusal.code.value[0], "message": refusal.message}))
            await self.context.abort(refusal.code, refusal.message)
        except asyncio.CancelledError:
            # Not raised again: the library would print it.
            self.ended("cancelled")

    def ended(self, how, message=None):
        self.log.update(ended=how, message=message, milliseconds=google_common.milliseconds(self.began))

    async def converse(self):
        metadata = dict(self.context.invocation_metadata())
        self.fake.accounts.check(metadata)
        self.fail_at("open")
        first = await self.read()
        if first is None:
            raise invalid("No request was sent.")
        self.configure(self.parsed(first), metadata)
        await self.context.send_initial_metadata(())
        while True:
            data = await self.read()
            if data is None:
                break
            await self.hear(self.sound(self.parsed(data) if self.script["strict"] else self.requests.FromString(data)))
            if self.script["end"] is not None and self.audio / tone_code.RATE >= self.script["end"]:
                return
        self.log["half_closed"] = True
        self.fail_at("half close")
        if self.script["half_close_delay"]:
            await asyncio.sleep(self.script["half_close_delay"])
        await self.rest()

    async def read(self):
        """The next message; None when there are no more."""
        wait = [end for end in (self.script["idle"] and self.last_audio + self.script["idle"], self.limit()) if end]
        try:
            if wait:
                async with asyncio.timeout(max(0, min(wait) - time.monotonic())):
                    data = await self.context.read()
            else:
                data = await self.context.read()
        except TimeoutError:
            self.check_limit()
            raise Refusal(Code.OUT_OF_RANGE, "Audio Timeout Error: Long duration elapsed without audio. Audio should be sent close to real time.") \
                if self.version == "v1" else Refusal(Code.ABORTED, "Stream timed out after receiving no more client requests.")
        return None if data is google_common.grpc.aio.EOF else data

    def limit(self):
        return self.began + self.script["limit"] if self.script["limit"] and self.script["limit_by"] == "clock" else None

    def check_limit(self):
        age = self.audio / tone_code.RATE if self.script["limit_by"] == "audio" else time.monotonic() - self.began
        if self.script["limit"] and age >= self.script["limit"]:
            raise Refusal(Code.OUT_OF_RANGE, "Exceeded maximum allowed stream duration of 305 seconds.") \
                if self.version == "v1" else Refusal(Code.ABORTED, "Max duration of 5 minutes reached for stream.")

    def fail_at(self, moment):
        fail = self.script["fail"]
        if not fail:
            return
        due = fail["at"] == moment if isinstance(moment, str) else not isinstance(fail["at"], str) and moment >= fail["at"]
        if due:
            raise Refusal(google_common.status(fail["code"]), fail["message"])

    # --- what the client sends

    def parsed(self, data):
        return parse(self.requests, data)

    def configure(self, request, metadata):
        if request.WhichOneof("streaming_request") != "streaming_config":
            raise invalid("Malordered Data Received. Expected audio_content none was set. Send exactly one config, followed by audio data.")
        config = request.streaming_config.config
        (self.configure_v2 if self.version == "v2" else self.configure_v1)(request, config, metadata)
        self.log.update(model=config.model, punctuation=(config.features if self.version == "v2" else config).enable_automatic_punctuation)

    def configure_v2(self, request, config, metadata):
        named = google_common.RECOGNIZER.fullmatch(request.recognizer)
        if not named:
            raise invalid("Invalid resource field value in the request.")
        project, location = named.groups()
        if location != self.fake.location:
            raise invalid(f"Expected resource location to be {self.fake.location}, but found {location} in resource name.")
        if metadata.get("x-goog-request-params") != f"recognizer={request.recognizer}":
            raise invalid("Request contains an invalid argument. RESOURCE_PROJECT_INVALID")
        if project != self.fake.project:
            raise Refusal(Code.PERMISSION_DENIED, "Permission 'speech.recognizers.recognize' denied on resource (or it may not exist).")
        decoding = config.explicit_decoding_config
        if config.WhichOneof("decoding_config") != "explicit_decoding_config" or decoding.encoding != 2 or decoding.sample_rate_hertz != 8000 \
                or decoding.audio_channel_count != 1:
            raise invalid("Audio encoding, sample rate and channel count must be given for headerless audio.")
        if config.model != "chirp_3" or list(config.language_codes) != ["iw-IL"]:
            raise invalid(
                f'The language "{", ".join(config.language_codes)}" is not supported by the model "{config.model}" in the location named "{location}".')
        features = config.features
        if features.enable_word_time_offsets or features.enable_word_confidence or features.profanity_filter:
            raise invalid('Recognizer does not support feature: word_level')
        phrases = [phrase.value for entry in config.adaptation.phrase_sets for phrase in entry.inline_phrase_set.phrases]
        self.check_phrases(phrases, 1000)
        streaming = request.streaming_config.streaming_features
        self.log.update(
            recognizer=request.recognizer, language=config.language_codes[0], interim=streaming.interim_results,
            voice_activity=streaming.enable_voice_activity_events, endpointing=streaming.endpointing_sensitivity)

    def configure_v1(self, request, config, metadata):
        if config.encoding != 3 or config.sample_rate_hertz != 8000:
            raise invalid("Invalid recognition 'config': bad encoding..")
        if config.language_code != "iw-IL":
            raise invalid(f"Invalid recognition 'config': bad language code {config.language_code}.")
        if config.model not in ("", "default", "command_and_search"):
            raise invalid(f"Invalid recognition 'config': The requested model is currently not supported for language : {config.language_code}.")
        self.check_phrases([phrase for entry in config.speech_contexts for phrase in entry.phrases], 5000)
        streaming = request.streaming_config
        self.log.update(
            language=config.language_code, interim=streaming.interim_results, voice_activity=streaming.enable_voice_activity_events)

    def check_phrases(self, phrases, most):
        if len(phrases) > most or sum(map(len, phrases)) > 100_000 or any(not 0 < len(phrase) <= 100 for phrase in phrases):
            raise invalid("Too many phrases, or one that is too long.")
        self.log.update(phrases=len(phrases), first_phrases=phrases[:3])

    def sound(self, request):
        kind = request.WhichOneof("streaming_request")
        if kind == "streaming_config" or (self.version == "v2" and request.recognizer):
            raise invalid("Malordered Data Received. Expected audio_content none was set. Send exactly one config, followed by audio data.")
        audio = request.audio if self.version == "v2" else request.audio_content
        if len(audio) > LARGEST:
            raise invalid(f"Audio chunk can be of a maximum of {LARGEST} bytes. Received audio of {len(audio)} bytes instead.")
        return audio

    # --- what it hears

    async def hear(self, audio):
        now = time.monotonic()
        if audio:
            self.last_audio = now
        self.audio += len(audio)
        self.log["messages"] += 1
        self.log["bytes"] += len(audio)
        self.log["largest"] = max(self.log["largest"], len(audio))
        seconds = self.audio / tone_code.RATE
        self.check_limit()
        if self.script["ahead"] is not None and seconds - (now - self.began) > self.script["ahead"]:
            raise Refusal(Code.OUT_OF_RANGE, "Audio data is being streamed too fast. Please stream audio data approximately at real time.")
        self.fail_at(seconds)
        if self.script["garbage"] is not None and seconds >= self.script["garbage"]:
            return await self.write(b"\xff\xff\xff\xff\xff")
        match self.script["hear"]:
            case "tones": await self.numbers(self.decoder.add(audio), seconds)
            case "text": await self.scripted(seconds)
            case "echo": await self.echo(audio, now)

    async def numbers(self, found, seconds):
        for number, start in found:
            # However large the messages are: what was said before a pause is an utterance of its own.
            if self.words and start / tone_code.RATE - self.word_end >= self.script["final_after"]:
                await self.utterance()
            if not self.speaks:
                self.speaks = True
                await self.event("SPEECH_ACTIVITY_BEGIN", start / tone_code.RATE)
            self.log["numbers"].append(number)
            self.words.append(str(number))
            self.word_end = (start + tone_code.SAMPLES) / tone_code.RATE
            for _ in range(self.script["interims"]):
                # Two pieces, as Google sends its surer and its less sure part.
                await self.interim([" ".join(self.words[:-1]), " " * (len(self.words) > 1) + self.words[-1]], self.word_end)
        if self.words and seconds - self.word_end >= self.script["final_after"]:
            await self.utterance()

    async def utterance(self):
        text, end = " ".join(self.words), self.word_end
        self.words, self.speaks = [], False
        await self.event("SPEECH_ACTIVITY_END", end)
        await self.final(text, end)

    async def scripted(self, seconds):
        while self.told < len(self.script["text"]) and self.script["text"][self.told]["at"] <= seconds:
            entry = self.script["text"][self.told]
            self.told += 1
            for pieces in entry.get("interims", []):
                await self.interim(pieces, entry.get("end", seconds))
            if "final" in entry:
                await self.final(entry["final"], entry.get("end", seconds), entry.get("interim_after"))

    async def echo(self, audio, now):
        """Says at once what stands in the audio's first bytes, and how long it had it: what is left of the round trip is the client's."""
        stamp = bytes(audio[:16])
        if stamp[:2] == b"T:":
            text = f"{stamp[2:].decode()} {time.monotonic_ns() - int(now * 1e9)}"
            await self.interim([text], self.audio / tone_code.RATE)

    async def rest(self):
        if self.script["hear"] == "tones":
            await self.numbers(self.decoder.finish(), self.audio / tone_code.RATE)
            if self.words:
                await self.utterance()
        for text, end, after in self.kept:
            await self.send_final(text, end, after)
        while self.fake.late.get(self):
            await asyncio.gather(*self.fake.late.pop(self))

    # --- what it says

    async def final(self, text, end, interim_after=None):
        if self.script["finals"] == "half close":
            self.kept.append((text, end, interim_after))
        else:
            await self.send_final(text, end, interim_after)

    async def send_final(self, text, end, interim_after=None):
        self.log["finals"].append(text)
        results = [self.result((" " if self.finals else "") + text, end, True)]
        self.finals += 1
        if interim_after:
            results.append(self.result(" " + interim_after, end + 0.5, False))
        await self.write(self.response(results=results))

    async def interim(self, pieces, end):
        pieces = [piece for piece in pieces if piece]
        if self.script["drip"]:
            text = "".join(pieces)
            for count in range(1, len(text)):
                await self.write(self.response(results=[self.result(text[:count], end, False)]))
                await asyncio.sleep(self.script["drip"])
        await self.write(self.response(results=[
            self.result(piece, end, False, 0.9 if index == 0 and len(pieces) > 1 else 0.1) for index, piece in enumerate(pieces)]))

    async def event(self, name, seconds):
        if not self.log["voice_activity"]:
            return
        number = {"SPEECH_ACTIVITY_BEGIN": 2, "SPEECH_ACTIVITY_END": 3}[name]
        offset = self.duration(seconds)
        await self.write(self.response(speech_event_type=number, **{
            "speech_event_offset" if self.version == "v2" else "speech_event_time": offset}))

    def duration(self, seconds):
        nanos = round(seconds * 1e9)
        return {"seconds": nanos // 10**9, "nanos": nanos % 10**9}

    def result(self, text, end, is_final, stability=0.0):
        types = V2 if self.version == "v2" else V1
        alternative = {"transcript": text}
        if is_final and self.script["confidence"]:
            alternative["confidence"] = self.script["confidence"]
        return types.StreamingRecognitionResult.pb()(
            alternatives=[alternative], is_final=is_final, stability=0.0 if is_final else stability, language_code="iw-IL",
            **{"result_end_offset" if self.version == "v2" else "result_end_time": self.duration(end)})

    def response(self, **fields):
        return (V2 if self.version == "v2" else V1).StreamingRecognizeResponse.pb()(**fields).SerializeToString()

    async def write(self, data):
        if not self.script["latency"]:
            return await self.context.write(data)
        # Kept in order: each waits for the one before.
        late = self.fake.late.setdefault(self, [])
        before = late[-1] if late else None

        async def later():
            await asyncio.sleep(self.script["latency"])
            if before:
                await before
            await self.context.write(data)
        late.append(asyncio.ensure_future(later()))


class Speech:
    def __init__(self, accounts, project, location):
        self.accounts, self.project, self.location = accounts, project, location
        self.scripts = google_common.Scripts(STANDARD)
        self.log, self.late = [], {}

    def handlers(self):
        def handler(version):
            async def recognize(_, context):
                await Stream(self, version, context).run()
            return google_common.grpc.method_handlers_generic_handler(
                f"google.cloud.speech.{version}.Speech",
                {"StreamingRecognize": google_common.grpc.stream_stream_rpc_method_handler(recognize)})
        return [handler("v1"), handler("v2")]
