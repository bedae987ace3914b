"""Numbers written in sound, read as shared/Audio/ToneCode.swift reads them: what a fake recogniser understands."""
import os

# Products as small as these cost hundreds of times as much when they are spread over threads.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
import numpy

RATE = 8000
SYMBOL = 400                        # samples of a tone
COUNT = 9                           # tones of a number
SAMPLES = SYMBOL * COUNT
WINDOW = 240                        # of a tone, in its middle
MARGIN = (SYMBOL - WINDOW) // 2
START_MARK, END_MARK = 16, 17
THRESHOLD = 0.45                    # of a window's power
SILENCE = 10_000.0 * WINDOW         # under -50 dBFS there is no tone of ours


def _frequency(symbol):
    return {START_MARK: 3200, END_MARK: 450}.get(symbol, 700 + 150 * symbol)


_TURNS = numpy.outer([_frequency(symbol) for symbol in range(18)], numpy.arange(WINDOW)) / RATE
_WAVES = numpy.exp(-2j * numpy.pi * _TURNS)


def _mu_law(code):
    bits = ~code & 0xFF
    magnitude = ((((bits & 15) << 3) + 132) << (bits >> 4 & 7)) - 132
    return float(-magnitude if bits & 0x80 else magnitude)


MU_LAW = numpy.array([_mu_law(code) for code in range(256)])


def checksum(number):
    crc = 0xA5
    for byte in (number >> 8, number & 0xFF):
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x07) & 0xFF if crc & 0x80 else crc << 1 & 0xFF
    return crc


class Ear:
    """Finds numbers in audio that comes piece by piece."""

    def __init__(self):
        self._samples = numpy.zeros(RATE)
        self._count = 0
        self._offset = 0

    @property
    def milliseconds(self):
        return self._count * 1000 // RATE

    def hear_mu_law(self, codes):
        return self.hear(MU_LAW[numpy.frombuffer(codes, numpy.uint8)])

    def hear(self, samples):
        """The numbers that are complete by now, each with where it begins and ends, in milliseconds of all audio."""
        if self._count + len(samples) > len(self._samples):
            self._samples = numpy.concatenate([self._samples, numpy.zeros(len(self._samples) + len(samples))])
        self._samples[self._count:self._count + len(samples)] = samples
        self._count += len(samples)
        found = []
        while self._offset + SAMPLES - MARGIN <= self._count:
            start = self._start(self._offset)
            number = self._number(start) if start is not None else None
            if number is None:
                self._offset += MARGIN
                continue
            self._offset = start + SAMPLES - MARGIN
            found.append((number, max(0, start) * 1000 // RATE, min(start + SAMPLES, self._count) * 1000 // RATE))
        return found

    def _start(self, offset):
        if self._shares(offset + MARGIN)[START_MARK] <= THRESHOLD:
            return None
        best, best_score = None, 0.0
        for start in range(offset - MARGIN * 2, offset + SYMBOL + 1, 20):
            first = self._shares(start + MARGIN)[START_MARK]
            second = self._shares(start + SYMBOL + MARGIN)[END_MARK]
            if first <= THRESHOLD or second <= THRESHOLD:
                continue
            # Close to the boundary each tone leaks out of its own place; count that too.
            score = first + second - self._shares(start + MARGIN * 2)[END_MARK]
            if score > best_score:
                best, best_score = start, score
        return best

    def _number(self, start):
        digits = []
        for place in range(2, 8):
            shares = self._shares(start + place * SYMBOL + MARGIN)[:16]
            digit = int(shares.argmax())
            if shares[digit] <= THRESHOLD:
                return None
            digits.append(digit)
        if self._shares(start + 8 * SYMBOL + MARGIN)[END_MARK] <= THRESHOLD:
            return None
        number = digits[0] << 12 | digits[1] << 8 | digits[2] << 4 | digits[3]
        return number if digits[4] << 4 | digits[5] == checksum(number) else None

    def _shares(self, start):
        """The share of a window's power that each tone has, 0…1."""
        if start < 0 or start + WINDOW > self._count:
            return numpy.zeros(18)
        window = self._samples[start:start + WINDOW]
        power = float(window @ window)
        if power <= SILENCE:
            return numpy.zeros(18)
        return numpy.minimum(1.0, numpy.abs(_WAVES @ window) ** 2 * 2 / (power * WINDOW))
