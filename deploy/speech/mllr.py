"""Helper of make-mllr.sh: speaks the sentences, converts Sphinx files, solves the transforms."""
import os, random, struct, subprocess, sys
from concurrent.futures import ThreadPoolExecutor
import numpy as np

# Seven of espeak-ng's fourteen speakers; the others are kept for testing.
VOICES = ['he', 'he+m1', 'he+m4', 'he+m6', 'he+f1', 'he+f3', 'he+f5']
SPEEDS = [120, 135, 150, 165, 180]        # words per minute
# The telephone band twice: as steep as sox makes it, and as the band of the simulator's callers.
BANDS = [['sinc', '300-3400'],
         ['highpass', '300', '0.541q', 'highpass', '300', '1.307q', 'lowpass', '3400', '0.541q', 'lowpass', '3400', '1.307q']]
WORD_STRINGS = 900         # random word sequences besides the answers, so that the phrases themselves are not learnt
PREFIXES = {'ו': 've', 'ה': 'ha', 'ב': 'be', 'ל': 'le', 'מ': 'mi', 'ש': 'Se', 'כ': 'ke'}
STREAMS, DIM = 3, 13       # cepstra, deltas, second deltas
# Regression classes: phones that the telephone and Hebrew bend alike. Rare ones follow their neighbours.
CLASSES = ['AA AE AH AO AW AY', 'EH EY', 'IH IY Y', 'OW OY', 'UH UW', 'M', 'N NG', 'L', 'R ER', 'W', 'G', 'S Z ZH', 'SH CH JH', 'F TH V DH',
           'K', 'HH', 'P B', 'T D', 'SIL +NSN+ +SPN+']


# --- sentences -------------------------------------------------------------------------------------------------------

def read_phonemes(path):
    table = {}
    for line in open(path, encoding='utf-8'):
        part = line.rstrip('\n').split('\t')
        if len(part) > 1 and line[0] != '#':
            table[part[0]] = (part[1], part[2] if len(part) > 2 else part[1])
    return table


def pronounce(table, text, variant):
    """Longest entry first, with or without a one-letter prefix. None when a word is unknown."""
    words, said, i = text.split(), [], 0
    while i < len(words):
        for n in (3, 2, 1):
            key = ' '.join(words[i:i + n])
            if len(words[i:i + n]) < n:
                continue
            if key in table:
                said.append(table[key][variant])
            elif key[0] in PREFIXES and key[1:] in table:
                said.append(PREFIXES[key[0]] + table[key[1:]][variant])
            else:
                continue
            i += n
            break
        else:
            return None
    return ' '.join(said)


def mulaw(x):
    """G.711: companding noise is part of what the model has to be fitted to. Returns the decoded samples."""
    x = np.clip(np.rint(x), -32635, 32635).astype(int)
    m = np.abs(x) + 132
    e = np.clip(np.floor(np.log2(m)).astype(int) - 7, 0, 7)
    m = ((((m >> (e + 3)) & 15) << 3) + 132 << e) - 132
    return np.where(x < 0, -m, m).astype(float)


def upsample(x, rng):
    """The recogniser's own way from 8 to 16 kHz: 24 taps, gain 0.9, and a hiss of +-60 so that no band is digitally empty."""
    half = 12
    k = np.arange(2 * half) - half + 0.5
    tap = np.sinc(k) * (0.5 + 0.5 * np.cos(np.pi * k / half))
    y = np.empty(2 * len(x))
    y[0::2] = x
    y[1::2] = np.convolve(np.pad(x, (half - 1, half)), tap / tap.sum(), 'valid')
    return np.clip(np.rint(0.9 * y + 120 * (rng.random(len(y)) - 0.5)), -32768, 32767).astype('<i2')


def speak(job):
    name, said, voice, speed, seed = job
    rs = random.Random(seed)
    # Israelis differ in these two sounds, and so do espeak-ng's phonemes for them.
    said = said.replace('R', rs.choice(['R', 'Q"', 'Q"'])).replace('x', rs.choice(['x', 'X']))
    wave = subprocess.run(['espeak-ng', '-v', voice, '-s', str(speed), '--stdout', '[[%s]]' % said],
                          capture_output=True, check=True).stdout
    line = subprocess.run(['sox', '-t', 'wav', '--ignore-length', '-', '-t', 'raw', '-e', 'signed', '-b', '16', '-c', '1',
                           '-r', '8000', '-', 'rate', '8000'] + rs.choice(BANDS)
                          + ['norm', str(rs.choice([-1, -6, -12, -18])), 'pad', '0.34', '0.5'],
                          input=wave, capture_output=True, check=True).stdout
    rng = np.random.default_rng(seed)
    x = np.frombuffer(line, '<i2').astype(float)
    x = x + rng.standard_normal(len(x)) * 0.7 * rs.choice([0, 0, 30, 100])   # none, -64 dBFS, -53 dBFS
    upsample(mulaw(x), rng).tofile('wave/%s.raw' % name)


def speak_all(phonemes, lexicon, answers):
    table, rs = read_phonemes(phonemes), random.Random(33)
    ids, jobs, names = {}, [], []
    with open('words.dict', 'w') as f:
        for i, line in enumerate(open(lexicon, encoding='utf-8')):
            word, said = line.rstrip('\n').split('\t')
            ids[word] = 'w%d' % i
            for k, p in enumerate(said.split('|')):
                f.write('w%d%s %s\n' % (i, '(%d)' % (k + 1) if k else '', p))
    open('fillers.dict', 'w').write('<s> SIL\n</s> SIL\n<sil> SIL\n')
    texts = sorted({l.rstrip('\n').split('\t')[3] for l in open(answers, encoding='utf-8') if l[0] != '#'})
    words = sorted(w for w in table if ' ' not in w and w in ids)
    texts += [' '.join(rs.sample(words, rs.choice([3, 4, 5, 6]))) for _ in range(WORD_STRINGS)]
    for d in ('wave', 'sentence'):
        os.makedirs(d, exist_ok=True)
    for text in texts:
        said, heard = pronounce(table, text, rs.randrange(2)), text.split()
        if said is None or any(w not in ids for w in heard):
            print('make-mllr: skipped, a word has no pronunciation:', text)
            continue
        name = '%05d' % len(names)
        names.append(name)
        jobs.append((name, said, rs.choice(VOICES), rs.choice(SPEEDS), 3300000 + len(names)))
        n = len(heard)   # a grammar of this one sentence: the decoder may choose pronunciations and pauses only
        open('sentence/%s.fsg' % name, 'w').write(
            'FSG_BEGIN s\nNUM_STATES %d\nSTART_STATE 0\nFINAL_STATE %d\n' % (n + 1, n)
            + ''.join('TRANSITION %d %d 1.0 %s\n' % (i, i + 1, ids[w]) for i, w in enumerate(heard)) + 'FSG_END\n')
    open('utterances', 'w').write('\n'.join(names) + '\n')
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(speak, jobs))
    print('make-mllr: %d sentences' % len(names))


def transcripts(segments, out):
    """pocketsphinx_batch's -hypseg lines to bw's transcripts. Four fields per word after the language score; the word is the last."""
    names = []
    with open(out, 'w') as f:
        for line in open(segments):
            field = line.split()
            words = field[field.index('L') + 2:-1][3::4]
            while words and words[0] == '<sil>':
                words.pop(0)
            while words and words[-1] == '<sil>':
                words.pop()
            if words:
                names.append(field[0])
                f.write('<s> %s </s> (%s)\n' % (' '.join(words), field[0]))
    open(out + '.ids', 'w').write('\n'.join(names) + '\n')


# --- Sphinx files ----------------------------------------------------------------------------------------------------

MAGIC = 0x11223344


def body(path):
    """The bytes of an s3 file and where its numbers begin."""
    b = open(path, 'rb').read()
    o = b.index(b'endhdr\n') + 7
    if struct.unpack_from('<I', b, o)[0] != MAGIC:
        sys.exit('make-mllr: %s is not little-endian' % path)
    return b, o + 4


def weights(sendump, out):
    """Packed senone weights (base 1.0001 logarithms, shifted by 10 bits) to plain ones. No checksum line: its presence demands one."""
    b, o = open(sendump, 'rb').read(), 0
    while True:
        n = struct.unpack_from('<I', b, o)[0]
        o += 4 + n
        if n == 0:
            break
    mixtures, senones = struct.unpack_from('<2I', b, o)
    w = np.frombuffer(b, np.uint8, STREAMS * mixtures * senones, o + 8).reshape(STREAMS, mixtures, senones)
    w = (1.0001 ** -(w.astype(float) * 1024)).transpose(2, 0, 1)
    with open(out, 'wb') as f:
        f.write(b's3\nversion 1.0\nendhdr\n' + struct.pack('<5I', MAGIC, senones, STREAMS, mixtures, w.size))
        f.write(w.astype('<f4').tobytes())


def read_gaussians(path):
    b, o = body(path)
    phones, streams, densities = struct.unpack_from('<3I', b, o)
    n, = struct.unpack_from('<I', b, o + 12 + 4 * streams)
    x = np.frombuffer(b, '<f4', n, o + 16 + 4 * streams)
    return x.reshape(phones, streams, densities, DIM).astype(float)


def write_gaussians(path, x):
    with open(path, 'wb') as f:
        f.write(b's3\nversion 1.0\nendhdr\n')
        f.write(struct.pack('<8I', MAGIC, *x.shape[:3], DIM, DIM, DIM, x.size) + x.astype('<f4').tobytes())


def read_counts(directory):
    """bw's sums per Gaussian: x, x squared, occupation."""
    b, o = body(directory + '/gauden_counts')
    phones, densities, streams = struct.unpack_from('<3I', b, o + 12)
    o += 24 + 4 * streams
    sums = []
    for _ in range(2):
        n, = struct.unpack_from('<I', b, o)
        sums.append(np.frombuffer(b, '<f4', n, o + 4).reshape(phones, streams, densities, DIM).astype(float))
        o += 4 + 4 * n
    return sums[0], sums[1], np.frombuffer(b, '<f4', phones * streams * densities, o + 16).reshape(phones, streams, densities).astype(float)


def phone_classes(mdef):
    names = [l.split()[0] for l in open(mdef) if len(l.split()) > 8 and l.split()[1:3] == ['-', '-']]
    return [[names.index(p) for p in c.split()] for c in CLASSES]


def cepstral_mean(directory):
    """The mean of all cepstra that are loud enough for the library's own mean, for PocketSphinxModel.telephoneMean."""
    total, count = np.zeros(DIM), 0
    for name in sorted(os.listdir(directory)):
        b = open(directory + '/' + name, 'rb').read()
        order = '<' if struct.unpack('<i', b[:4])[0] * 4 == len(b) - 4 else '>'
        x = np.frombuffer(b, order + 'f4', offset=4).reshape(-1, DIM).astype(float)
        x = x[x[:, 0] >= 0]
        total, count = total + x.sum(0), count + len(x)
    print('make-mllr: mean ' + ', '.join('%.4g' % v for v in total / count))


# --- transforms ------------------------------------------------------------------------------------------------------

def regress(mean, var, target, count, prior):
    """Maximum likelihood W (13 x 14, last column the bias) of  target = W mean; `prior`: observations per Gaussian for W = 0."""
    x = np.concatenate([mean, np.ones(mean.shape[:-1] + (1,))], -1).reshape(-1, DIM + 1)
    t, c, v = target.reshape(-1, DIM), count.reshape(-1), var.reshape(-1, DIM)
    w = np.zeros((DIM, DIM + 1))
    for i in range(DIM):
        k = 1 / v[:, i]
        w[i] = np.linalg.solve((x * ((c + prior) * k)[:, None]).T @ x, x.T @ (t[:, i] * k))
    return w


def transform(w, mean):
    return mean @ w[:, :DIM].T + w[:, DIM]


def write_transforms(path, classes):
    """PocketSphinx's -mllr text: classes, streams; per class and stream the dimension, 13 rows of A, b, and the variances' factors."""
    number = lambda row: ' '.join('%.4g' % x for x in row)
    with open(path, 'w') as f:
        f.write('%d\n%d\n' % (len(classes), STREAMS))
        for s in range(STREAMS):     # stream by stream, as the library reads it
            f.write('%d\n' % DIM)
            for streams in classes:
                w, h = streams[s]
                f.write(''.join(number(row[:DIM]) + '\n' for row in w) + number(w[:, DIM]) + '\n' + number(h) + '\n')


def read_transforms(path):
    x = [float(t) for t in open(path).read().split()]
    n, at = int(x[0]), 2
    classes = [[] for _ in range(n)]
    for _ in range(STREAMS):
        at += 1
        for c in range(n):
            block = np.array(x[at:at + DIM * (DIM + 2)]).reshape(DIM + 2, DIM)
            classes[c].append((np.hstack([block[:DIM], block[DIM][:, None]]), block[DIM + 1]))
            at += DIM * (DIM + 2)
    return classes


def solve(model, mdef, counts, out, out_classes):
    mean = read_gaussians(model + '/means')
    var = np.maximum(read_gaussians(model + '/variances'), 1e-4)   # the decoder's own floor
    sum1, sum2, count = read_counts(counts)
    one, many = [], [[] for _ in CLASSES]
    for s in range(STREAMS):
        w = regress(mean[:, s], var[:, s], sum1[:, s], count[:, s], 0)
        moved = transform(w, mean[:, s])
        c = count[:, s][..., None]
        h = ((sum2[:, s] - 2 * moved * sum1[:, s] + c * moved ** 2) / var[:, s]).sum((0, 1)) / count[:, s].sum()
        one.append((w, h))
        # A class moves away from the common transform only as far as its own data say.
        for phones, streams in zip(phone_classes(mdef), many):
            rest = sum1[phones, s] - c[phones] * moved[phones]
            streams.append((w + regress(mean[phones, s], var[phones, s], rest, count[phones, s], 1), h))
    write_transforms(out, [one])
    write_transforms(out_classes, many)


def apply(model, mdef, transforms, out_means, out_variances):
    classes = read_transforms(transforms)
    mean, var = read_gaussians(model + '/means'), read_gaussians(model + '/variances')
    members = phone_classes(mdef) if len(classes) > 1 else [list(range(len(mean)))]
    for streams, phones in zip(classes, members):
        for s, (w, h) in enumerate(streams):
            mean[phones, s] = transform(w, mean[phones, s])
            var[phones, s] = np.maximum(var[phones, s], 1e-4) * h
    write_gaussians(out_means, mean)
    write_gaussians(out_variances, var)


if __name__ == '__main__':
    commands = {'speak': speak_all, 'transcripts': transcripts, 'weights': weights, 'mean': cepstral_mean, 'solve': solve, 'apply': apply}
    commands[sys.argv[1]](*sys.argv[2:])
