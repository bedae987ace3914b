"""Numbers written in sound, as shared/Audio/ToneCode.swift writes and reads them: what a fake recogniser hears, and a fake voice says."""
import numpy

RATE = 8000
SYMBOL = 400                    # samples of one tone
COUNT = 9                       # tones of one number
SAMPLES = SYMBOL * COUNT
WINDOW = 240                    # of a tone, in its middle
MARGIN = (SYMBOL - WINDOW) // 2
START, END = 16, 17
THRESHOLD = 0.45                # of a window's power
SILENCE = 10_000 * WINDOW       # under -50 dBFS there is no tone of ours

FREQUENCIES = numpy.array([700 + 150 * digit for digit in range(16)] + [3200, 450], dtype=float)
_PHASES = numpy.exp(-2j * numpy.pi * numpy.outer(FREQUENCIES, numpy.arange(WINDOW)) / RATE)


def _decode_table():
    codes = ~numpy.arange(256, dtype=numpy.uint8)
    segment, step = (codes >> 4).astype(int) & 7, codes.astype(int) & 15
    magnitude = (((step << 3) + 132) << segment) - 132
    return numpy.where(codes & 0x80, -magnitude, magnitude).astype(numpy.float32)


MU_LAW = _decode_table()


def mu_law(pcm):
    """The code of each sample, by the table: the nearest value."""
    order = numpy.argsort(MU_LAW, kind="stable")
    values = MU_LAW[order]
    at = numpy.clip(numpy.searchsorted(values, pcm), 1, 255)
    nearer = numpy.where(numpy.abs(values[at] - pcm) < numpy.abs(values[at - 1] - pcm), at, at - 1)
    return order[nearer].astype(numpy.uint8).tobytes()


def checksum(number):
    crc = 0xA5
    for byte in (number >> 8, number & 255):
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x07) & 255 if crc & 0x80 else crc << 1 & 255
    return crc


def encode(number):
    """450 ms of line audio."""
    check = checksum(number)
    symbols = [START, END] + [number >> shift & 15 for shift in (12, 8, 4, 0)] + [check >> 4, check & 15, END]
    index = numpy.arange(SYMBOL)
    edge = numpy.minimum(index, SYMBOL - 1 - index)
    gain = numpy.where(edge >= 40, 1, 0.5 - 0.5 * numpy.cos(numpy.pi * edge / 40)) * 32768 * 10 ** (-15 / 20) * 2 ** 0.5
    tones = [gain * numpy.sin(2 * numpy.pi * FREQUENCIES[symbol] / RATE * index) for symbol in symbols]
    return mu_law(numpy.rint(numpy.concatenate(tones)))


class Decoder:
    """Finds the numbers in audio that comes in pieces; each is told once, with the index of its first sample."""

    def __init__(self):
        self.samples = numpy.zeros(0, dtype=numpy.float32)
        self.dropped = 0        # samples before `self.samples`
        self.offset = 0         # in `self.samples`

    @property
    def heard(self):
        return self.dropped + len(self.samples)

    def add(self, audio):
        """[(number, first sample)] that are complete by now."""
        self.samples = numpy.concatenate([self.samples, MU_LAW[numpy.frombuffer(audio, dtype=numpy.uint8)]])
        found = []
        while self.offset + SAMPLES + SYMBOL <= len(self.samples):
            self._step(found)
        if self.offset > 4 * SAMPLES:
            drop = self.offset - SAMPLES
            self.samples, self.dropped, self.offset = self.samples[drop:], self.dropped + drop, self.offset - drop
        return found

    def finish(self):
        """What is complete though no more audio comes."""
        found = []
        while self.offset + SAMPLES - MARGIN <= len(self.samples):
            self._step(found)
        return found

    def _step(self, found):
        start = self._start(self.offset)
        number = None if start is None else self._number(start)
        if number is None:
            self.offset += MARGIN
        else:
            found.append((number, self.dropped + max(0, start)))
            self.offset = start + SAMPLES - MARGIN

    def _shares(self, start, symbols):
        if start < 0 or start + WINDOW > len(self.samples):
            return None
        window = self.samples[start:start + WINDOW]
        power = float(window @ window)
        if power <= SILENCE:
            return None
        return numpy.minimum(1, numpy.abs(_PHASES[symbols] @ window) ** 2 * 2 / (power * WINDOW))

    def _share(self, symbol, start):
        shares = self._shares(start, slice(symbol, symbol + 1))
        return 0 if shares is None else float(shares[0])

    def _start(self, near):
        if self._share(START, near + MARGIN) <= THRESHOLD:
            return None
        best = (0, None)
        for shift in range(-MARGIN * 2, SYMBOL + 1, 20):
            start = near + shift
            first, second = self._share(START, start + MARGIN), self._share(END, start + SYMBOL + MARGIN)
            if first <= THRESHOLD or second <= THRESHOLD:
                continue
            score = first + second - self._share(END, start + MARGIN + MARGIN)
            if score > best[0]:
                best = (score, start)
        return best[1]

    def _number(self, start):
        digits = []
        for place in range(2, 8):
            shares = self._shares(start + place * SYMBOL + MARGIN, slice(0, 16))
            if shares is None or shares.max() <= THRESHOLD:
                return None
            digits.append(int(shares.argmax()))
        if self._share(END, start + 8 * SYMBOL + MARGIN) <= THRESHOLD:
            return None
        number = digits[0] << 12 | digits[1] << 8 | digits[2] << 4 | digits[3]
        return number if digits[4] << 4 | digits[5] == checksum(number) else None
