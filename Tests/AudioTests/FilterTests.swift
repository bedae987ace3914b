import Audio
import Testing

@Suite struct ResamplerTests {
    @Test(arguments: [(22050, 8000), (8000, 16000), (24000, 8000), (16000, 8000), (8000, 22050), (44100, 8000)])
    func aToneKeepsItsShape(from: Int, to: Int) {
        var resampler = Resampler(from: from, to: to)
        let got = resampler.process(sine(1000, rate: from, count: from, dBFS: -10)) + resampler.flush()
        #expect(got.count == to)
        let ratio = snr(got, sine(1000, rate: to, count: to, dBFS: -10), margin: to / 50)
        // 16-bit rounding at this level leaves about 85 dB; the input's rounding is in it too.
        #expect(ratio > 75, "\(ratio) dB")
    }

    @Test func chunksDoNotMatter() {
        var noise = Noise(seed: 3)
        for (from, to) in [(22050, 8000), (8000, 16000), (24000, 8000), (8000, 22050)] {
            let input = noise.white(9000, dBFS: -15)
            var whole = Resampler(from: from, to: to)
            let want = whole.process(input) + whole.flush()
            for chunk in [1, 7, 160, 1001, 8999] {
                var resampler = Resampler(from: from, to: to)
                var got: [Int16] = []
                for start in stride(from: 0, to: input.count, by: chunk) {
                    got += resampler.process(Array(input[start..<min(start + chunk, input.count)]))
                }
                got += resampler.flush()
                #expect(got == want, "\(from) to \(to), chunks of \(chunk)")
            }
            // Random cuts, and the same value used again after a flush.
            var got: [Int16] = []
            var start = 0
            while start < input.count {
                let end = min(input.count, start + Int(noise.uniform() * 500))
                got += whole.process(Array(input[start..<end]))
                start = end
            }
            #expect(got + whole.flush() == want)
        }
    }

    @Test func whatDoesNotFitTheNewRateIsGoneAndTheVoiceBandStays() {
        for hertz in [4400.0, 6000, 9000] {
            var resampler = Resampler(from: 22050, to: 8000)
            let got = resampler.process(sine(hertz, rate: 22050, count: 22050, dBFS: -6))
            let rest = Loudness.dBFS(Array(got[400..<7000]))
            #expect(rest < -76, "\(hertz) Hz leaves \(rest) dBFS")
        }
        for hertz in [300.0, 1000, 3000, 3400] {
            var resampler = Resampler(from: 22050, to: 8000)
            let got = resampler.process(sine(hertz, rate: 22050, count: 22050, dBFS: -20))
            let level = Loudness.dBFS(Array(got[400..<7000]))
            #expect(abs(level - -20) < 0.7, "\(hertz) Hz has \(level) dBFS")
        }
    }

    @Test func upsamplingMakesNoImages() {
        var resampler = Resampler(from: 8000, to: 16000)
        let got = resampler.process(sine(3000, rate: 8000, count: 8000, dBFS: -6))
        #expect(level(of: 5000, in: Array(got[500..<15000]), rate: 16000) < -76)
    }

    @Test func equalRatesAndNoInput() {
        var same = Resampler(from: 8000, to: 8000)
        #expect(same.process([1, 2, 3]) == [1, 2, 3])
        #expect(same.flush().isEmpty)
        var none = Resampler(from: 22050, to: 8000)
        #expect(none.process([]).isEmpty)
        #expect(none.flush().isEmpty)
    }

    @Test func theOutputWaitsOnlyForTheFiltersHalf() {
        var resampler = Resampler(from: 22050, to: 8000)
        // 100 ms in: 800 samples out but for the half window of 24 zero crossings at 8 kHz (3 ms).
        let got = resampler.process([Int16](repeating: 1000, count: 2205))
        #expect(got.count > 770 && got.count < 800)
    }
}

@Suite struct TelephoneBandTests {
    @Test func passesTheVoiceBandAndNothingElse() {
        func gain(_ hertz: Double) -> Double {
            var band = TelephoneBand()
            let got = band.process(sine(hertz, rate: 8000, count: 8000, dBFS: -10))
            return Loudness.dBFS(Array(got[2000...])) + 10
        }
        for hertz in [500.0, 1000, 2000, 3000] { #expect(abs(gain(hertz)) < 1, "\(hertz) Hz") }
        #expect(abs(gain(300) + 3) < 0.5)
        #expect(abs(gain(3400) + 3) < 0.5)
        #expect(gain(100) < -35)
        #expect(gain(50) < -55)
        #expect(gain(3900) < -35)
    }

    @Test func chunksDoNotMatter() {
        var noise = Noise(seed: 4)
        let input = noise.white(2000, dBFS: -15)
        var whole = TelephoneBand()
        var pieces = TelephoneBand()
        let want = whole.process(input)
        var got: [Int16] = []
        for start in stride(from: 0, to: 2000, by: 160) {
            got += pieces.process(Array(input[start..<min(start + 160, 2000)]))
        }
        #expect(got == want)
    }
}
