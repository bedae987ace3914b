import Foundation
import Testing

@testable import DialogWorker

@Suite struct JSONValueTests {
    @Test func whatIsWrittenIsReadAsTheSame() throws {
        let value: JSONValue = [
            "text": "שלום \"דנה\" \\ / \n\r\t\u{0}\u{1F} 🙂 \u{2028}", "empty": "", "yes": true, "no": false, "none": .null, "one": 1, "less": -7,
            "half": .number(0.5), "small": .number(1e-7), "big": .number(1e21), "list": [1, "א", [], [:]], "inner": ["b": ["a": []]], "מפתח": "ערך",
        ]
        let bytes = value.encoded()
        #expect(JSONValue(parsing: bytes) == value)
        // Foundation reads it too, and agrees about every text.
        let read = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
        #expect(read["text"] as? String == value["text"]?.string)
        #expect(
            value.text.hasPrefix(#"{"big":1e+21,"empty":"","half":0.5,"inner":{"b":{"a":[]}},"less":-7,"list":[1,"א",[],{}],"no":false,"none":null"#))
    }

    @Test func whatIsNoNumberIsNull() {
        #expect(JSONValue.array([.number(.nan), .number(.infinity)]).text == "[null,null]")
    }

    @Test func onlyDocumentsAreRead() {
        #expect(JSONValue(parsing: Array("7".utf8)) == 7)
        #expect(JSONValue(parsing: Array(" {\"a\": 1.0} ".utf8)) == ["a": 1])
        for text in ["", "{", "{}}", "{\"a\":}", "nul", "'a'", "{\"a\":1} x"] { #expect(JSONValue(parsing: Array(text.utf8)) == nil, "\(text)") }
        #expect(JSONValue(parsing: [0x22, 0xFF, 0x22]) == nil)
    }

    @Test func numbersAndTextsAreTakenForEachOther() {
        #expect(
            [JSONValue.integer(3).plain, JSONValue.number(3.5).plain, JSONValue.string("א").plain, JSONValue.bool(true).plain] == [
                "3", "3.5", "א", nil,
            ])
    }
}
