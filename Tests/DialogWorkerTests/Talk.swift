import BusContract
import Business
import CallVocabulary

@testable import DialogWorker

/// The example business, as the demo runs it.
func exampleBusinesses() throws -> BusinessDirectory {
    let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    return try BusinessDirectory.load(path: "/\(root)/deploy/businesses")
}

func spoken(_ text: String) -> Heard { .speech(Transcript(text: text, confidence: 0.9, understood: true)) }
let notUnderstood = Heard.speech(Transcript(text: "", confidence: 0.1, understood: false))

/// A conversation as the gateway would keep it: each reply is made from nothing but the business and the log.
struct Talk {
    let business: BusinessProfile
    var caller: String? = "+972541234567"
    private(set) var log: [TurnEntry] = []
    private(set) var replies: [ReceptionistReply] = []

    init(_ business: BusinessProfile, caller: String? = "+972541234567") {
        self.business = business
        self.caller = caller
        hear(.opening)
    }

    var last: ReceptionistReply { replies[replies.count - 1] }

    @discardableResult mutating func hear(_ heard: Heard) -> ReceptionistReply {
        let reply = Receptionist(business: business).reply(to: DialogTurn(heard: heard, log: log, caller: caller))
        log.append(TurnEntry(turn: TurnID(log.count), heard: heard, said: reply.sentences))
        replies.append(reply)
        return reply
    }

    @discardableResult mutating func say(_ texts: String...) -> ReceptionistReply {
        for text in texts { hear(spoken(text)) }
        return last
    }

    mutating func sayAllUpToTheConfirmation() {
        say("אני מחפש דירה להשכרה", "בתל אביב", "שלושה חדרים", "ביום שלישי", "בחמש", "קוראים לי דנה")
    }
}
