import BusContract
import CallVocabulary
import Testing

@testable import CRMWorker

@Suite struct AddressedFactTests {
    private func refusal(_ fact: Fact, business: BusinessID? = Samples.business, conversation: ConversationID?) -> String? {
        do throws(FactRefusal) {
            _ = try AddressedFact(fact, business: business, conversation: conversation)
            return nil
        } catch {
            return error.message
        }
    }

    @Test func takesTheCounterFromTheEventID() throws {
        let call = try Samples.call(1)
        for fact in Samples.wholeCall(call) { #expect(refusal(fact, conversation: call.conversation) == nil) }
        let late = Fact(id: "\(call).9223372036854775807", at: 0, body: .summary("x"))
        #expect(try Samples.addressed(late, call).number == .max)
    }

    @Test(arguments: [
        "", ".", "CA", "{call}", "{call}.", "{call}.-1", "{call}.+1", "{call}.007", "{call}. 1", "{call}.1 ", "{call}.9223372036854775808",
        "{call}.1.2", "x{call}.1", "{call}:1", "{call}.١",
    ])
    func refusesOtherEventIDs(_ pattern: String) throws {
        let call = try Samples.call(1)
        let parts = pattern.split(separator: "{call}", omittingEmptySubsequences: false)
        let fact = Fact(id: parts.joined(separator: call.rawValue), at: 0, body: .summary("x"))
        #expect(refusal(fact, conversation: call.conversation) != nil)
    }

    @Test func refusesWhatIsNotAddressed() throws {
        let call = try Samples.call(1)
        let fact = Fact(id: "\(call).1", at: 0, body: .summary("x"))
        #expect(refusal(fact, business: nil, conversation: call.conversation)?.contains("business") == true)
        #expect(refusal(fact, business: BusinessID(""), conversation: call.conversation)?.contains("business") == true)
        #expect(refusal(fact, conversation: nil)?.contains("conversation") == true)
        #expect(refusal(fact, conversation: ConversationID("whatsapp:972501234567"))?.contains("conversation") == true)
        #expect(refusal(fact, conversation: try Samples.call(2).conversation)?.contains("event id") == true)
    }

    @Test func refusesZeroBytesInEveryText() throws {
        let call = try Samples.call(1)
        let bad = "a\u{0}b"
        func turn(_ heard: Heard, said: [String] = [], recogniser: String? = nil, dialog: String? = nil, state: String? = nil) -> Fact.Body {
            .turn(
                TurnRecord(
                    entry: TurnEntry(turn: TurnID(1), heard: heard, said: said), recogniser: recogniser, dialog: dialog, state: state,
                    stages: TurnStages()))
        }
        let bodies: [Fact.Body] = [
            .callStarted(from: bad, to: "x"), .callStarted(from: "x", to: bad), .summary(bad), .lead(fields: [bad: "x"], caller: nil),
            .lead(fields: ["x": bad], caller: nil), .lead(fields: [:], caller: bad), turn(.digits(bad)),
            turn(.speech(Transcript(text: bad, confidence: 1, understood: true))), turn(.silence, said: ["x", bad]), turn(.silence, recogniser: bad),
            turn(.silence, dialog: bad), turn(.silence, state: bad), .callEnded(outcome: .failed, milliseconds: 1, reason: bad),
            .recording(RecordingRecord(sid: bad, seconds: 1)), .recording(RecordingRecord(sid: "RE", seconds: 1, file: bad)),
            .recording(RecordingRecord(sid: "RE", seconds: 1, text: bad)), .recording(RecordingRecord(sid: "RE", seconds: 1, failure: bad)),
        ]
        for body in bodies {
            #expect(refusal(Fact(id: "\(call).1", at: 0, body: body), conversation: call.conversation)?.contains("zero byte") == true, "\(body)")
        }
    }
}

@Suite struct DatabaseFailureTests {
    @Test(arguments: [
        ("22003", DatabaseFailure.refused), ("22P05", .refused), ("23503", .refused), ("23514", .refused), ("54000", .refused),
        ("40001", .again), ("40P01", .again), ("55P03", .again),
        ("57P01", .reconnect), ("57P03", .reconnect), ("08006", .reconnect), ("25P03", .reconnect), ("25006", .reconnect), ("53300", .reconnect),
        ("57014", .reconnect),
        ("42P01", .unexpected), ("53100", .unexpected), ("23505", .unexpected), ("XX000", .unexpected),
    ])
    func classifies(_ state: String, _ expected: DatabaseFailure) {
        #expect(DatabaseFailure(sqlState: state) == expected)
    }
}

@Suite struct BackoffTests {
    @Test func growsToItsLimitAndStartsAgain() {
        var generator = SystemRandomNumberGenerator()
        var backoff = Backoff(first: .milliseconds(100), longest: .milliseconds(300))
        for whole in [100, 200, 300, 300] {
            let pause = backoff.pause(using: &generator)
            #expect(pause >= .milliseconds(whole) / 2 && pause <= .milliseconds(whole))
        }
        backoff.reset()
        #expect(backoff.pause(using: &generator) <= .milliseconds(100))
    }
}

@Suite struct DatabaseURLTests {
    @Test(arguments: [
        ("postgresql://maane:s3cret@db.example:5433/crm?sslmode=require", "maane@db.example:5433/crm"),
        ("postgres://maane:s3cret@/crm?host=/var/run/postgresql", "maane@/var/run/postgresql/crm"),
        ("postgresql://db/crm?password=s3cret", "db/crm"),
        ("host=db dbname=crm user=maane password='s3cret'", "maane@db/crm"),
        ("dbname=crm", "local socket/crm"),
    ])
    func describesWithoutThePassword(_ text: String, _ description: String) throws {
        let url = try DatabaseURL(text)
        #expect(url.text == text)
        #expect("\(url)" == description)
        #expect(String(reflecting: url) == description)
        var dumped = ""
        dump(url, to: &dumped)
        #expect(!dumped.contains("s3cret"))
    }

    @Test(arguments: [
        "postgresql://maane:s3cret%zz@db/crm", "postgresql://maane:s3cret@[::1/crm", "s3cret", "hosst=db password=s3cret",
        "mysql://maane:s3cret@db/crm",
    ])
    func refusesOthersWithoutRepeatingThem(_ text: String) {
        let error = #expect(throws: CRMStartError.self) { try DatabaseURL(text) }
        #expect(error?.code == .databaseURLMalformed)
        #expect(error?.message.contains("DATABASE_URL") == true)
        #expect(error.map { "\($0)" }?.contains("s3cret") == false)
    }

    @Test(arguments: [nil, "", " \n"] as [String?])
    func saysThatItIsMissing(_ text: String?) {
        let error = #expect(throws: CRMStartError.self) { try DatabaseURL(text) }
        #expect(error?.code == .databaseURLMissing)
    }
}
