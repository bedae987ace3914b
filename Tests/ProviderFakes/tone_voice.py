"""What a fake voice says: numbers of the text as sound that tells them (shared/Audio/ToneCode.swift), at any rate.

A number takes 600 ms at least, every other word 100 ms for each letter, so a voice says about ten letters a second: a test can cut a sentence
and hear what is missing and what comes twice. A text without a number is the number 32766 and a tone, 1.5 s in all, as the provider `tone`."""
import array, functools, math

WORDS = 32_766
START, END = 16, 17
LINE = 8_000


def frequency(symbol):
    return {START: 3200, END: 450}.get(symbol, 700 + 150 * symbol)


def checksum(number):
    crc = 0xA5
    for byte in (number >> 8, number & 255):
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 7) & 255 if crc & 128 else crc << 1
    return crc


@functools.lru_cache(maxsize=4096)
def code(number, rate):
    """450 ms: nine tones with ramps of 5 ms, at -20 dBFS."""
    check = checksum(number)
    symbols = [START, END] + [number >> shift & 15 for shift in (12, 8, 4, 0)] + [check >> 4, check & 15, END]
    length, ramp = rate // 20, rate // 200
    amplitude = 32768 * 10 ** (-20 / 20) * 2 ** 0.5
    samples = array.array("h")
    for symbol in symbols:
        step = 2 * math.pi * frequency(symbol) / rate
        for index in range(length):
            edge = min(index, length - 1 - index)
            gain = 1 if edge >= ramp else 0.5 - 0.5 * math.cos(math.pi * edge / ramp)
            samples.append(round(amplitude * gain * math.sin(step * index)))
    return samples


@functools.lru_cache(maxsize=4096)
def hum(milliseconds, rate, hertz=250):
    step = 2 * math.pi * hertz / rate
    return array.array("h", (round(2000 * math.sin(step * index)) for index in range(rate * milliseconds // 1000)))


def speak(text, rate=LINE):
    """16-bit samples."""
    words = text.split()
    numbers = [word.strip(".,?!:;") for word in words]
    if not any(number.isdigit() for number in numbers):
        return code(WORDS, rate) + hum(1050, rate, 440)
    samples = array.array("h")
    for word, number in zip(words, numbers):
        milliseconds = 100 * (len(word) + 1)
        if number.isdigit():
            samples += code(int(number) & 0xFFFF, rate)
            samples += array.array("h", bytes(2 * (rate * max(150, milliseconds - 450) // 1000)))
        else:
            samples += hum(milliseconds, rate)
    return samples


def encode(sample):
    """One sample as G.711 mu-law."""
    sign, magnitude = (128, -sample) if sample < 0 else (0, sample)
    biased = min(magnitude, 32635) + 132
    segment = biased.bit_length() - 8
    return ~(sign | segment << 4 | biased >> segment + 3 & 15) & 255


TABLE = bytes(encode(code - 65536 if code >= 32768 else code) for code in range(65536))


def mu_law(samples):
    return bytes(TABLE[sample & 65535] for sample in samples)


@functools.lru_cache(maxsize=512)
def line(text):
    """Mu-law of 8 kHz."""
    return mu_law(speak(text))


@functools.lru_cache(maxsize=512)
def pcm(text, rate):
    """Little-endian samples."""
    return speak(text, rate).tobytes()
