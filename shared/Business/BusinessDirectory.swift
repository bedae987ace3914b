import CallVocabulary
import Foundation

/// All businesses of this installation, in the order of their file names.
package struct BusinessDirectory: Sendable, Equatable {
    /// Never empty when loaded.
    package let businesses: [BusinessProfile]
    private let byNumber: [String: Int]
    private let byID: [BusinessID: Int]

    /// The business whose greeting a preview shows: first by file name.
    package var first: BusinessProfile? { businesses.first }
    /// - Parameter number: E.164, as Twilio sends it in `To`.
    /// - Returns: nil for a number that is nobody's; never another business.
    package func business(number: String) -> BusinessProfile? { byNumber[number].map { businesses[$0] } }
    package func business(id: BusinessID) -> BusinessProfile? { byID[id].map { businesses[$0] } }

    /// Reads every `*.yaml` of a folder.
    /// - Throws: `BusinessFaults` with everything that is wrong in all of the files.
    package static func load(path: String) throws(BusinessFaults) -> BusinessDirectory {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(".yaml") && !$0.hasPrefix(".") }.sorted()
        } catch {
            throw BusinessFaults(faults: [
                BusinessFault(
                    code: .unreadable, file: path, line: nil, problem: "the folder of businesses cannot be read",
                    remedy: "Set MAANE_BUSINESSES to a folder that this user may read")
            ])
        }
        var files: [(name: String, text: String)] = []
        var faults: [BusinessFault] = []
        for name in names {
            let file = path.hasSuffix("/") ? path + name : "\(path)/\(name)"
            do {
                files.append((file, try String(contentsOfFile: file, encoding: .utf8)))
            } catch {
                faults.append(
                    BusinessFault(
                        code: .unreadable, file: file, line: nil, problem: "the file cannot be read as UTF-8 text",
                        remedy: "Save it as UTF-8 and let this user read it"))
            }
        }
        guard !names.isEmpty else {
            throw BusinessFaults(faults: [
                BusinessFault(
                    code: .missing, file: path, line: nil, problem: "the folder holds no business",
                    remedy: "Put one .yaml file for each business there")
            ])
        }
        return try parse(files: files, earlier: faults)
    }

    /// The same from texts, in the order given.
    package static func parse(files: [(name: String, text: String)]) throws(BusinessFaults) -> BusinessDirectory {
        try parse(files: files, earlier: [])
    }

    private static func parse(files: [(name: String, text: String)], earlier: [BusinessFault]) throws(BusinessFaults) -> BusinessDirectory {
        var faults = earlier
        var businesses: [BusinessProfile] = []
        var byNumber: [String: Int] = [:]
        var byID: [BusinessID: Int] = [:]
        var numberOwner: [String: String] = [:]
        var idOwner: [String: String] = [:]
        for file in files {
            let log = FaultLog(file: file.name)
            let draft = ProfileReader(log: log).read(file.text)
            // Claims are compared even when a file has other faults: all is named in one go.
            for number in draft.numbers {
                if let owner = numberOwner[number.value] {
                    log.add(.duplicate, number.line, "the number \(number.value) is claimed by \(owner) too", "Leave it in one file only")
                } else {
                    numberOwner[number.value] = file.name
                }
            }
            if let id = draft.id {
                if let owner = idOwner[id.value] {
                    log.add(.duplicate, id.line, "the id \(id.value) is used by \(owner) too", "Give each business an id of its own")
                } else {
                    idOwner[id.value] = file.name
                }
            }
            faults += log.sorted
            guard log.sorted.isEmpty, let profile = draft.profile else { continue }
            for number in profile.numbers { byNumber[number] = businesses.count }
            byID[profile.id] = businesses.count
            businesses.append(profile)
        }
        guard faults.isEmpty else { throw BusinessFaults(faults: faults) }
        return BusinessDirectory(businesses: businesses, byNumber: byNumber, byID: byID)
    }
}
