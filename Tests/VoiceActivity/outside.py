"""What WebRTC's and Silero's detectors say about each 20 ms of the lines in a directory of WAV files (8 kHz, 16 bits, mono).

usage: outside.py DIRECTORY OUT.json
The answer: for each detector the microseconds of CPU that a frame costs, calls of the detector alone, and for each line the frames' values of 0...100.
"""

import importlib.metadata
import json
import pathlib
import sys
import time
import wave

import numpy
import onnxruntime
import webrtcvad

RATE = 8000
FRAME = 160
# What Silero takes at 8 kHz: 32 ms, and 4 ms of what came before them.
WINDOW = 256
CONTEXT = 32


def samples(path):
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 1, 2), path
        return file.readframes(file.getnframes())


class WebRTC:
    def __init__(self, mode):
        self.mode = mode
        self.seconds = 0.0

    def values(self, data):
        detector = webrtcvad.Vad(self.mode)
        frames = [data[start : start + 2 * FRAME] for start in range(0, len(data), 2 * FRAME)]
        begin = time.process_time()
        answers = [detector.is_speech(frame, RATE) for frame in frames]
        self.seconds += time.process_time() - begin
        return [100 if answer else 0 for answer in answers]


class Silero:
    def __init__(self):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        # The package's own code needs torch; the model does not.
        model = importlib.metadata.distribution("silero-vad").locate_file("silero_vad/data/silero_vad.onnx")
        self.session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self.seconds = 0.0

    def values(self, data):
        pcm = numpy.frombuffer(data, dtype="<i2").astype(numpy.float32) / 32768
        state = numpy.zeros((2, 1, 128), dtype=numpy.float32)
        rate = numpy.array(RATE, dtype=numpy.int64)
        padded = numpy.concatenate([numpy.zeros(CONTEXT, dtype=numpy.float32), pcm])
        windows = [padded[start : start + CONTEXT + WINDOW][None, :] for start in range(0, len(pcm) - WINDOW + 1, WINDOW)]
        answers = []
        begin = time.process_time()
        for window in windows:
            answer, state = self.session.run(None, {"input": window, "state": state, "sr": rate})
            answers.append(answer)
        self.seconds += time.process_time() - begin
        chances = [0] + [round(100 * float(answer[0, 0])) for answer in answers]
        # What is known when a frame has been heard: the answer to the last window that was whole by then.
        return [chances[(frame + 1) * FRAME // WINDOW] for frame in range(len(pcm) // FRAME)]


def main(directory, out):
    detectors = {f"webrtc {mode}": WebRTC(mode) for mode in range(4)} | {"silero": Silero()}
    lines = {}
    frames = 0
    for path in sorted(pathlib.Path(directory).glob("*.wav")):
        data = samples(path)
        frames += len(data) // (2 * FRAME)
        lines[path.stem] = {name: detector.values(data) for name, detector in detectors.items()}
    cost = {name: 1e6 * detector.seconds / max(1, frames) for name, detector in detectors.items()}
    pathlib.Path(out).write_text(json.dumps({"cost": cost, "lines": lines}))


main(*sys.argv[1:])
