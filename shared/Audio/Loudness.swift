import Glibc

/// Levels in dBFS: 0 dBFS is a root mean square of 32768.
package enum Loudness {
    /// What digital silence reads as, in dBFS: below one quantisation step of 16-bit audio.
    package static let silence: Double = -96

    /// Root mean square of samples, 0 for none.
    package static func rms(_ pcm: [Int16]) -> Double {
        guard !pcm.isEmpty else { return 0 }
        return (sumOfSquares(pcm) / Double(pcm.count)).squareRoot()
    }

    /// Level of samples in dBFS, at least ``silence``.
    package static func dBFS(_ pcm: [Int16]) -> Double { dBFS(rms: rms(pcm)) }

    /// A root mean square as dBFS, at least ``silence``.
    package static func dBFS(rms: Double) -> Double {
        guard rms > 0 else { return silence }
        return max(silence, 20 * log10(rms / 32768))
    }

    /// The root mean square of a level in dBFS.
    package static func rms(dBFS level: Double) -> Double { 32768 * pow(10, level / 20) }

    static func sumOfSquares(_ pcm: [Int16]) -> Double {
        // Int64 keeps the sum exact and lets the compiler use vector instructions.
        var sum: Int64 = 0
        for sample in pcm { sum &+= Int64(Int32(sample) &* Int32(sample)) }
        return Double(sum)
    }
}
