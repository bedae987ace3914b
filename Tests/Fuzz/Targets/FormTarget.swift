import TwilioWire

func formFault(_ bytes: [UInt8]) -> String? {
    if let fault = formFault(bytes, FormDecoder.decode) { return "form: \(fault)" }
    if let fault = formFault(bytes, FormDecoder.decodeJSON) { return "JSON: \(fault)" }
    return nil
}

private func formFault(_ bytes: [UInt8], _ decode: ([UInt8], Int) throws(FormError) -> FormFields) -> String? {
    let form: FormFields
    do throws(FormError) {
        form = try decode(bytes, FormDecoder.maximumFields)
    } catch {
        return error.message.isEmpty ? "refused without words" : nil
    }
    if form.fields.count > FormDecoder.maximumFields { return "\(form.fields.count) fields" }
    // Each name finds a value of its own.
    for field in form.fields where form[field.name] == nil || form.all(field.name).isEmpty { return "no value for \(field.name)" }
    // Hundreds of fields are all alike, and would take most of the time.
    guard form.fields.count <= 40 else { return nil }
    // Written anew it reads the same, byte for byte.
    guard let again = try? FormDecoder.decode(encoded(form)) else { return "cannot be written" }
    let same = form.fields.elementsEqual(again.fields) { $0.name.utf8.elementsEqual($1.name.utf8) && $0.value.utf8.elementsEqual($1.value.utf8) }
    return same ? nil : "comes back as \(again)"
}

/// Every byte escaped; a pair without name and value still has its equals sign.
private func encoded(_ form: FormFields) -> [UInt8] {
    let digits = Array("0123456789ABCDEF".utf8)
    var result: [UInt8] = []
    func put(_ text: String) {
        for byte in text.utf8 { result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
    }
    for field in form.fields {
        put(field.name)
        result.append(UInt8(ascii: "="))
        put(field.value)
        result.append(UInt8(ascii: "&"))
    }
    return result
}
