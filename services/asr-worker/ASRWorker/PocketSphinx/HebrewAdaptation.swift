import Glibc

/// Fits the American wide-band model to Hebrew over a telephone: affine transforms of its Gaussians, one for each of nineteen classes of
/// phones (MLLR).
///
/// Estimated on synthesized Hebrew, telephone band and mu-law, by voices that the hearing table does not hold out and on none of its second
/// phrasings; `deploy/speech` has the recipe. `docs/PERFORMANCE.md` has what this decoder reaches. It says nothing about people.
enum HebrewAdaptation {
    private static let dimension = 13

    /// Phones that the telephone and Hebrew bend alike, in the order of `transforms`.
    private static let classes = [
        "AA AE AH AO AW AY", "EH EY", "IH IY Y", "OW OY", "UH UW", "M", "N NG", "L", "R ER", "W", "G", "S Z ZH", "SH CH JH", "F TH V DH", "K", "HH",
        "P B", "T D", "SIL +NSN+ +SPN+",
    ]

    /// Order of the model's codebooks: one per phone, as its mdef lists them.
    private static let phones = [
        "+NSN+", "+SPN+", "AA", "AE", "AH", "AO", "AW", "AY", "B", "CH", "D", "DH", "EH", "ER", "EY", "F", "G", "HH", "IH", "IY", "JH", "K", "L", "M",
        "N",
        "NG", "OW", "OY", "P", "R", "S", "SH", "SIL", "T", "TH", "UH", "UW", "V", "W", "Y", "Z", "ZH",
    ]

    /// Writes the adapted means and variances of a model, for `-mean` and `-var`: the library itself reads transforms of one class only.
    /// - Throws: ``PocketSphinxFailure`` when the model is not the one that the transforms were estimated for.
    fileprivate static func adapt(model directory: String) throws -> (means: TemporaryFile, variances: TemporaryFile) {
        var means = try Gaussians(path: directory + "/means")
        var variances = try Gaussians(path: directory + "/variances")
        let numbers = transforms.split { $0 == " " || $0 == "\n" }.compactMap { Float($0) }
        guard numbers.count > 2, Int(numbers[0]) == classes.count, means.phones == phones.count, variances.phones == phones.count,
            means.streams == Int(numbers[1]), means.dimension == dimension
        else {
            throw PocketSphinxFailure(
                code: .initialisation,
                message: "The model in \(directory) is not the one that was adapted to Hebrew; install the Debian package pocketsphinx-en-us.")
        }
        var at = 2
        let block = dimension * (dimension + 2)
        for stream in 0..<means.streams {
            at += 1
            for members in classes {
                guard at + block <= numbers.count else {
                    throw PocketSphinxFailure(
                        code: .initialisation, message: "The adaptation's data are cut short; take the file from the release again.")
                }
                let transform = Array(numbers[at..<at + block])
                at += block
                for phone in members.split(separator: " ") {
                    guard let index = phones.firstIndex(of: String(phone)) else { continue }
                    means.move(phone: index, stream: stream, by: transform)
                    variances.scale(phone: index, stream: stream, by: transform.suffix(dimension))
                }
            }
        }
        return (try TemporaryFile(means.bytes), try TemporaryFile(variances.bytes))
    }
}

/// A file of Gaussians in the library's format: a text header, then a byte-order mark, the shape, and 32-bit floats, little endian.
private struct Gaussians {
    private(set) var bytes: [UInt8]
    let phones: Int
    let streams: Int
    let densities: Int
    let dimension: Int
    private let start: Int

    init(path: String) throws {
        let unusable = PocketSphinxFailure(
            code: .modelMissing, message: "\(path) is not a file of Gaussians; reinstall the Debian package pocketsphinx-en-us.")
        guard let content = try? TemporaryFile.read(path), let header = content.firstRange(of: Array("endhdr\n".utf8)) else { throw unusable }
        func integer(_ index: Int) -> Int {
            let offset = header.upperBound + 4 * index
            guard offset + 4 <= content.count else { return -1 }
            return Int(content.withUnsafeBytes { UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) })
        }
        guard integer(0) == 0x1122_3344, (1...16).contains(integer(2)) else { throw unusable }
        bytes = content
        phones = integer(1)
        streams = integer(2)
        densities = integer(3)
        dimension = integer(4)
        start = header.upperBound + 4 * (5 + streams)
        let (perStream, lengths) = (densities * dimension, (0..<streams).map { integer(4 + $0) })
        guard lengths.allSatisfy({ $0 == dimension }), phones > 0, perStream > 0, start + 4 * phones * streams * perStream <= content.count else {
            throw unusable
        }
        // The model's own checksum, at the end, would not fit the changed numbers; without the word the library asks for none.
        bytes.removeSubrange((start + 4 * phones * streams * perStream)...)
        if let line = bytes[..<header.lowerBound].firstRange(of: Array("chksum0 yes".utf8)) {
            bytes.replaceSubrange(line, with: Array("ignored yes".utf8))
        }
    }

    /// Applies an affine map to each of a codebook's vectors: rows of the matrix, then the bias.
    mutating func move(phone: Int, stream: Int, by transform: [Float]) {
        forEachVector(phone, stream) { vector, dimension in
            let old = Array(vector)
            var row = 0
            while row < dimension {
                var sum = transform[dimension * dimension + row]
                var column = 0
                while column < dimension {
                    sum += transform[row * dimension + column] * old[column]
                    column += 1
                }
                vector[row] = sum
                row += 1
            }
        }
    }

    /// Multiplies each of a codebook's vectors, number by number, above the library's own floor.
    mutating func scale(phone: Int, stream: Int, by factors: ArraySlice<Float>) {
        let factors = Array(factors)
        forEachVector(phone, stream) { vector, dimension in
            for index in 0..<dimension { vector[index] = max(vector[index], 1e-4) * factors[index] }
        }
    }

    /// Loops and not closures over single numbers: three million multiplications take seconds in a debug build otherwise.
    private mutating func forEachVector(_ phone: Int, _ stream: Int, _ body: (UnsafeMutableBufferPointer<Float>, Int) -> Void) {
        let (start, dimension, densities) = (start, dimension, densities)
        let first = (phone * streams + stream) * densities
        var vector = [Float](repeating: 0, count: dimension)
        bytes.withUnsafeMutableBytes { raw in
            for density in 0..<densities {
                let offset = start + 4 * (first + density) * dimension
                let place = UnsafeMutableRawBufferPointer(rebasing: raw[offset..<offset + 4 * dimension])
                vector.withUnsafeMutableBytes { $0.copyMemory(from: UnsafeRawBufferPointer(place)) }
                vector.withUnsafeMutableBufferPointer { body($0, dimension) }
                vector.withUnsafeBytes { place.copyMemory(from: $0) }
            }
        }
    }
}

/// The files of an adapted model, made once for all decoders of a process and removed with the last of them.
package final class AdaptedModel {
    private let means: TemporaryFile
    private let variances: TemporaryFile

    /// - Parameter directory: the model as Debian ships it.
    /// - Throws: ``PocketSphinxFailure``.
    package init(model directory: String) throws { (means, variances) = try HebrewAdaptation.adapt(model: directory) }

    deinit {
        means.remove()
        variances.remove()
    }

    var arguments: [String] { ["-mean", means.path, "-var", variances.path] }
}

/// A file that the library is to read, private to this process.
struct TemporaryFile {
    let path: String

    init(_ bytes: [UInt8]) throws {
        let directory = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(directory)/maane-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let failure = PocketSphinxFailure(
            code: .initialisation, message: "A file of 1 MB cannot be written to \(directory); make room there or set TMPDIR.")
        guard descriptor >= 0 else { throw failure }
        defer { close(descriptor) }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else {
                remove()
                throw failure
            }
            written += count
        }
    }

    func remove() { unlink(path) }

    static func read(_ path: String) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw PocketSphinxFailure(code: .modelMissing, message: "\(path) cannot be read.") }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return content }
            content += buffer[..<count]
        }
    }
}
