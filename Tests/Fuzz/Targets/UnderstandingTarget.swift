import Foundation
import Hebrew

func understandingFault(_ bytes: [UInt8]) -> String? {
    let text = String(decoding: bytes, as: UTF8.self)
    // The first byte chooses the moment, so that changes of the clocks and of years are met too.
    let now = Date(timeIntervalSince1970: 1_700_000_000 + Double(bytes.first ?? 0) * 1_234_567)
    let hours: OpeningHours? = (bytes.last ?? 0) % 2 == 0 ? .standard : nil
    let understanding = Understanding(text, context: UnderstandingContext(now: now, hours: hours))
    let all = understanding.all()
    let count = text.utf8.count
    let faults: [String?] = [
        placeFault(all.date, count), placeFault(all.time, count), placeFault(all.dateTime, count), placeFault(all.duration, count),
        placeFault(all.number, count), placeFault(all.price, count), placeFault(all.phone, count), placeFault(all.identity, count),
        placeFault(all.yesNo, count), placeFault(all.name, count), placeFault(all.place, count), placeFault(all.goodbye, count),
    ]
    if let fault = faults.lazy.compactMap({ $0 }).first { return fault }
    if let date = all.date?.value, CivilDate(iso: date.description) != date { return "the date \(date) cannot be read" }
    if let phone = all.phone?.value, (try? PhoneNumber(parsing: phone.canonical)) != phone { return "the number \(phone) cannot be read" }
    if let identity = all.identity?.value, !IdentityNumber.isValid(identity) { return "the identity \(identity) is none" }
    if let name = all.name?.value, name.isEmpty { return "a name without letters" }
    if let phone = try? PhoneNumber(parsing: text) {
        guard (try? PhoneNumber(parsing: phone.screen)) == phone, (try? PhoneNumber(parsing: phone.international)) == phone else {
            return "\(phone) does not survive the screen"
        }
    }
    let form = MatchingForm(text)
    if !form.sameMeaning(as: form) || (!form.isEmpty && form.similarity(to: form) < 1) { return "not the same as itself" }
    let half = MatchingForm(String(text.prefix(text.count / 2)))
    if form.sameMeaning(as: half) != half.sameMeaning(as: form) { return "the order counts" }
    return nil
}

private func placeFault<Value>(_ found: Understood<Value>?, _ count: Int) -> String? {
    guard let found else { return nil }
    if found.span.lowerBound < 0 || found.span.upperBound > count { return "\(found.value) stands at \(found.span) of \(count)" }
    if !(0...1).contains(found.confidence) { return "\(found.value) with a confidence of \(found.confidence)" }
    if found.why.isEmpty { return "\(found.value) without a reason" }
    return found.alternatives.contains(found.value) ? "\(found.value) is its own alternative" : nil
}
