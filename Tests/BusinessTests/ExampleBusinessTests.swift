import Business
import CallVocabulary
import Testing

/// The file that the demo runs with and that owners copy.
@Suite struct ExampleBusinessTests {
    private let directory: BusinessDirectory

    init() throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        directory = try BusinessDirectory.load(path: "/\(root)/deploy/businesses")
    }

    @Test func theCalledNumberChoosesTheBusiness() {
        #expect(directory.business(number: "+97235550100")?.id == BusinessID("nadlan-hayarkon"))
        #expect(directory.business(number: "+97235550101") == nil)
        #expect(directory.business(id: BusinessID("nadlan-hayarkon")) == directory.first)
    }

    @Test func everySentenceIsShortAndSpokenInWords() throws {
        let business = try #require(directory.first)
        let script = business.receptionist
        var sentences = script.silence.prompts.flatMap { $0 } + script.silence.goodbye + script.silence.goodbyeHidden
        for state in script.states { sentences += state.prompt + state.promptHidden + state.reprompt + state.acknowledge }
        let lines = business.lines
        sentences += [business.greeting, lines.busy, lines.sorry, lines.moment, lines.resumed, GlobalLines.unknownNumber]
        sentences += [lines.thanks, lines.recorded, lines.handover, lines.nobody, lines.warning, lines.timeUp]
        sentences += lines.fallback.split(separator: ".").map(String.init)
        sentences += script.states.flatMap(\.answers).map(\.label)
        #expect(sentences.count > 40)
        for sentence in sentences {
            #expect(sentence.split(separator: " ").count <= 15, "\(sentence)")
            let digits = sentence.filter(\.isNumber)
            #expect(digits.isEmpty, "\(sentence)")
        }
    }

    /// A text of the example that is the standard one says so in its comment.
    @Test func theExampleShowsTheStandardLinesAndEveryOutcomeHasAStatus() throws {
        let business = try #require(directory.first)
        let lines = business.lines
        #expect(
            [lines.moment, lines.resumed, lines.thanks, lines.recorded, lines.handover, lines.nobody, lines.warning, lines.timeUp] == [
                SpokenLines.standardMoment, SpokenLines.standardResumed, SpokenLines.standardThanks, SpokenLines.standardRecorded,
                SpokenLines.standardHandover, SpokenLines.standardNobody, SpokenLines.standardWarning, SpokenLines.standardTimeUp,
            ])
        #expect(lines.fallback.contains("הודעה"))
        #expect(business.greetingMode == .play)
        let promised = try #require(business.status(of: .callbackPromised))
        #expect([CallOutcome.fallback, .failed, .busy, .maximumDuration].allSatisfy { business.status(of: $0) == promised })
        #expect(business.status(of: .transferred)?.outcomes == [.transferred])
        #expect(Set(business.statuses.flatMap(\.outcomes)).count == 9)
    }

    @Test func theLeadHasItsFieldsAndEachIsAskedFor() throws {
        let script = try #require(directory.first).receptionist
        #expect(script.fields.map(\.name) == ["need", "city", "rooms", "day", "hour", "name"])
        #expect(script.fields.map(\.kind) == [.text, .text, .number, .date, .time, .name])
        #expect(script.fields.map(\.stored) == [.label, .label, .value, .label, .value, .label])
        let asking = script.states.filter { $0.ending == nil }
        #expect(asking.count == 10)
        for state in asking { #expect(state.answers.count >= 2) }
    }
}

@Suite struct PhraseFormTests {
    @Test func copiesAreComparedWithoutWhatIsNotHeard() {
        #expect(PhraseForm.words("שָׁלוֹם,  עוֹלָם!") == PhraseForm.words("שלום עולם"))
        #expect(PhraseForm.words("תל־אביב") == PhraseForm.words("תל אביב"))
        #expect(PhraseForm.words("תל-אביב.") == PhraseForm.words("תל אביב"))
        #expect(PhraseForm.words("נדל״ן") == PhraseForm.words("נדלן"))
        #expect(PhraseForm.words("אממ, כן") == PhraseForm.words("כן"))
        #expect(PhraseForm.words("אה... הממ").isEmpty)
        #expect(PhraseForm.words("מאה") != PhraseForm.words("מה"))
    }
}
