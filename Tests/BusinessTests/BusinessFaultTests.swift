import CallVocabulary
import Testing

@testable import Business

/// The smallest business that has nothing wrong.
private let sound = """
    id: shop
    name: חנות
    numbers: ["+97235550199"]
    time_zone: Asia/Jerusalem
    greeting: שלום, במה אפשר לעזור?
    lines:
      sorry: סליחה?
      fallback: תקלה, להתראות.
      busy: תפוס, להתראות.
    voice:
      variant: f2
      rate: 150
      pitch: 50
    statuses:
      - name: טופל
        outcomes: [served]
        next_step: אין
    receptionist:
      first: need
      subject: need
      callback: offer
      promise: promise
      silence:
        prompts: [הלו?, אני כאן.]
        goodbye: נחזור אליך, להתראות.
        goodbye_hidden: להתראות.
      phrase_lists:
        yes: [כן, בטח]
      repeat: [מה, סליחה]
      states:
        need:
          field: need
          title: בקשה
          prompt: מה תרצו?
          reprompt: סליחה, מה תרצו?
          acknowledge: בשמחה, {need}.
          patterns: ["{}", "אני רוצה {}"]
          answers:
            - תה
            - value: coffee
              label: קפה
              phrases: [משהו חם]
              next: bye
          next: bye
        bye:
          prompt: רשמתי {need}, להתראות.
          ending: goodbye
        offer:
          prompt: שנחזור אליך?
          reprompt: כן או לא?
          answers:
            - value: "yes"
              label: כן
              phrases: [$yes, אשמח]
              next: promise
            - value: "no"
              label: לא
              phrases: [לא]
              next: back
        promise:
          prompt: נחזור אליך.
          prompt_hidden: המספר חסוי, להתראות.
          ending: callback
    """

private func faults(_ files: [(name: String, text: String)]) -> [BusinessFault] {
    do {
        _ = try BusinessDirectory.parse(files: files)
        return []
    } catch {
        return error.faults
    }
}

private func line(_ part: String, of text: String) -> Int? {
    text.split(separator: "\n", omittingEmptySubsequences: false).firstIndex { $0.contains(part) }.map { $0 + 1 }
}

@Suite struct BusinessFaultTests {
    @Test func aSoundFileHasNoFaults() throws {
        let business = try #require(BusinessDirectory.parse(files: [("shop.yaml", sound)]).first)
        #expect(business.id == BusinessID("shop"))
        #expect(business.voice == VoiceSettings(variant: "f2", rate: 150, pitch: 50))
        #expect(business.greetingMode == .play)
        #expect(business.transfer == nil)
        #expect(business.lines.thanks == SpokenLines.standardThanks)
        #expect(business.lines.timeUp == SpokenLines.standardTimeUp)
        let need = try #require(business.receptionist.state("need"))
        #expect(need.answers.map(\.value) == ["תה", "coffee"])
        #expect(need.answers[0].phrases == ["תה", "אני רוצה תה"])
        #expect(need.answers[1].phrases == ["משהו חם"])
        #expect(business.receptionist.state("offer")?.answers[0].phrases == ["כן", "בטח", "אשמח"])
    }

    @Test func aBusinessChoosesItsGreetingItsPersonAndItsLines() throws {
        let text =
            sound
            .replacing("lines:\n", with: "greeting_mode: stream\ntransfer:\n  number: \"+972501234567\"\n  seconds: 40\nlines:\n")
            .replacing(
                "  busy: תפוס, להתראות.\n",
                with: """
                      busy: תפוס, להתראות.
                      thanks: קיבלנו.
                      recorded: מקליטים.
                      handover: מעבירים.
                      nobody: אין אף אחד.
                      warning: עוד דקה.
                      time_up: נגמר הזמן.

                    """
            )
            .replacing("ending: goodbye", with: "ending: transfer")
        let business = try #require(BusinessDirectory.parse(files: [("shop.yaml", text)]).first)
        #expect(business.greetingMode == .stream)
        #expect(business.transfer == TransferSettings(number: "+972501234567", seconds: 40))
        let lines = business.lines
        #expect(
            [lines.thanks, lines.recorded, lines.handover, lines.nobody, lines.warning, lines.timeUp]
                == ["קיבלנו.", "מקליטים.", "מעבירים.", "אין אף אחד.", "עוד דקה.", "נגמר הזמן."])
        #expect(business.receptionist.state("bye")?.ending == .transfer)
        let short = text.replacing("  seconds: 40\n", with: "")
        #expect(try BusinessDirectory.parse(files: [("shop.yaml", short)]).first?.transfer?.seconds == 25)
    }

    @Test(arguments: [
        ("greeting_mode: speak\nlines:", 6, "`greeting_mode`"), ("transfer:\n  seconds: 10\nlines:", 7, "`number`"),
        ("transfer:\n  number: \"050-1234567\"\nlines:", 7, "E.164"), ("transfer: \"+972501234567\"\nlines:", 6, "transfer"),
        ("transfer:\n  number: \"+97235550199\"\nlines:", 7, "answered with this file"),
        ("transfer:\n  number: \"+972501234567\"\n  seconds: 4\nlines:", 8, "`seconds`"),
        ("transfer:\n  number: \"+972501234567\"\n  seconds: 61\nlines:", 8, "`seconds`"),
        ("transfer:\n  number: \"+972501234567\"\n  ring: 9\nlines:", 8, "`ring`"),
        ("prompt: \"\"\nlines:", 6, "`prompt`"), ("prompt: [א]\nlines:", 6, "`prompt`"),
        ("prompt: \"א\\a\"\nlines:", 6, "control character"), ("providers: openai\nlines:", 6, "providers"),
        ("providers:\n  dialog: [a, b, a]\nlines:", 7, "`a` twice"), ("providers:\n  model: [a]\nlines:", 7, "`model`"),
        ("providers:\n  dialog: []\nlines:", 7, "`dialog`"),
        ("lines:\n  thanks: \"\"", 7, "`thanks`"), ("lines:\n  thank: תודה", 7, "`thank`"),
    ])
    func faultsOfTheCallsShapeAreNamedWithTheirLine(new: String, line: Int, word: String) {
        let found = faults([("shop.yaml", sound.replacing("lines:", with: new, maxReplacements: 1))])
        #expect(found.contains { $0.line == line && $0.problem.contains(word) }, "\(found)")
        #expect(found.allSatisfy { $0.line == line }, "\(found)")
    }

    @Test func thePromptKeepsItsLines() throws {
        let text = sound.replacing("lines:\n", with: "prompt: |\n\n  שורה ראשונה.   \n    מוזחת\n\n  אחרונה.\n\n\nlines:\n", maxReplacements: 1)
        let business = try #require(BusinessDirectory.parse(files: [("shop.yaml", text)]).first)
        #expect(business.prompt == "שורה ראשונה.\n  מוזחת\n\nאחרונה.")
        #expect(try BusinessDirectory.parse(files: [("shop.yaml", sound)]).first?.prompt == nil)
        let long = sound.replacing("lines:\n", with: "prompt: \(String(repeating: "א", count: 8_001))\nlines:\n", maxReplacements: 1)
        let found = faults([("shop.yaml", long)])
        #expect(found.map(\.line) == [6])
        #expect(found.first?.problem.contains("8001 characters") == true)
    }

    @Test func aBusinessHasItsOwnProviders() throws {
        #expect(try BusinessDirectory.parse(files: [("shop.yaml", sound)]).first?.providers == .standard)
        let text = sound.replacing("lines:\n", with: "providers:\n  dialog: [b, a]\n  tts: c\nlines:\n", maxReplacements: 1)
        let providers = try BusinessDirectory.parse(files: [("shop.yaml", text)]).first?.providers
        #expect(providers == ProviderOrders(asr: [], dialog: ["b", "a"], tts: ["c"]))
    }

    @Test func aFieldHasAKind() throws {
        #expect(try BusinessDirectory.parse(files: [("shop.yaml", sound)]).first?.receptionist.fields.map(\.kind) == [.text])
        let text = sound.replacing("      title: בקשה\n", with: "      title: בקשה\n      kind: phone\n")
        #expect(try BusinessDirectory.parse(files: [("shop.yaml", text)]).first?.receptionist.fields.map(\.kind) == [.phone])
        let wrong = text.replacing("kind: phone", with: "kind: fax")
        let found = faults([("shop.yaml", wrong)])
        #expect(found.map(\.line) == [line("kind: fax", of: wrong)])
        #expect(found.first?.remedy.contains("phone, date") == true)
    }

    @Test func aBusinessChoosesItsVoices() throws {
        let text = sound.replacing(
            "  pitch: 50\n",
            with: """
                  pitch: 50
                  gender: masculine
                  google: he-IL-Wavenet-B
                  google-streaming: he-IL-Chirp3-HD-Puck
                  azure: he-IL-AvriNeural
                  elevenlabs: 21m00Tcm4TlvDq8ikWAM
                  openai: ash
                  compatible: af_bella+af_sky

                """)
        let voice = try #require(BusinessDirectory.parse(files: [("shop.yaml", text)]).first?.voice)
        #expect(voice.gender == .masculine)
        #expect(
            voice.names == [
                "google": "he-IL-Wavenet-B", "google-streaming": "he-IL-Chirp3-HD-Puck", "azure": "he-IL-AvriNeural",
                "elevenlabs": "21m00Tcm4TlvDq8ikWAM", "openai": "ash", "compatible": "af_bella+af_sky",
            ])
        let plain = try #require(BusinessDirectory.parse(files: [("shop.yaml", sound)]).first?.voice)
        #expect(plain.gender == .feminine && plain.names.isEmpty)
        // Whatever changes the sound changes the fingerprint.
        var prints: Set<String> = [voice.fingerprint, plain.fingerprint]
        for change in ["pitch: 51", "pitch: 50\n  gender: masculine", "pitch: 50\n  azure: x"] {
            let other = sound.replacing("pitch: 50", with: change)
            prints.insert(try #require(BusinessDirectory.parse(files: [("shop.yaml", other)]).first?.voice.fingerprint))
        }
        #expect(prints.count == 5)
    }

    @Test(arguments: [
        ("gender: neutral", "`gender`"), ("google: he-Wavenet-A", "`google`"), ("google-streaming: he-IL-Wavenet-A", "`google-streaming`"),
        ("elevenlabs: ../voices", "`elevenlabs`"), ("azure: \"<voice>\"", "`azure`"), ("azure: \"\"", "`azure`"), ("amazon: Joey", "`amazon`"),
    ])
    func faultsOfVoicesAreNamedWithTheirLine(new: String, word: String) {
        let text = sound.replacing("  pitch: 50\n", with: "  pitch: 50\n  \(new)\n")
        let found = faults([("shop.yaml", text)])
        #expect(found.count == 1 && found.first?.line == line(new, of: text) && found.first?.problem.contains(word) == true, "\(found)")
    }

    @Test func aTransferNeedsSomebody() {
        let text = sound.replacing("ending: goodbye", with: "ending: transfer")
        let found = faults([("shop.yaml", text)])
        #expect(found.map(\.line) == [line("    bye:", of: text)])
        #expect(found.first?.problem.contains("no `transfer`") == true)
    }

    @Test(arguments: ["prompts: [הלו?]", "prompts: הלו?"])
    func nobodyIsHungUpOnAfterOneSilence(prompts: String) {
        let text = sound.replacing("prompts: [הלו?, אני כאן.]", with: prompts)
        let found = faults([("shop.yaml", text)])
        #expect(found.map(\.line) == [line("prompts:", of: text)])
        #expect(found.first?.remedy.contains("two") == true)
    }

    @Test func everyFaultOfAllFilesIsNamedTogetherWithItsLine() {
        let broken =
            sound
            .replacing("next: bye\n      next: bye", with: "next: nowhere\n      next: bye")
            .replacing("      prompt: שנחזור אליך?\n", with: "")
            .replacing("phrases: [$yes, אשמח]", with: "phrases: []")
            .replacing("time_zone: Asia/Jerusalem", with: "time_zone: Asia/Jerusalem\nopening: תמיד")
            .replacing("{need}, להתראות", with: "{city}, להתראות")
        let other = sound.replacing("id: shop", with: "id: shop-two")
        let torn = "id: x\n  name: [\n"
        let found = faults([("a.yaml", sound), ("b.yaml", broken), ("c.yaml", other), ("d.yaml", torn)])
        func has(_ code: BusinessFault.Code, _ file: String, _ line: Int?, _ word: String) -> Bool {
            found.contains { $0.code == code && $0.file == file && $0.line == line && $0.problem.contains(word) }
        }
        #expect(has(.unknownField, "b.yaml", line("opening:", of: broken), "`opening`"))
        #expect(has(.unknownState, "b.yaml", line("nowhere", of: broken), "`nowhere`"))
        #expect(has(.missing, "b.yaml", line("reprompt: כן או לא", of: broken), "`prompt`"))
        #expect(has(.noPhrases, "b.yaml", line("value: \"yes\"", of: broken), "`כן`"))
        #expect(has(.unknownField, "b.yaml", line("{city}", of: broken), "{city}"))
        // Two businesses claim one number, a third as well.
        #expect(has(.duplicate, "b.yaml", line("numbers:", of: broken), "a.yaml"))
        #expect(has(.duplicate, "c.yaml", line("numbers:", of: other), "a.yaml"))
        #expect(has(.duplicate, "b.yaml", 1, "the id shop"))
        #expect(found.contains { $0.code == .brokenYAML && $0.file == "d.yaml" && $0.line != nil })
        for fault in found {
            #expect(!fault.remedy.isEmpty)
            #expect(fault.description.hasPrefix(fault.line.map { "\(fault.file):\($0): " } ?? "\(fault.file): "))
        }
        #expect(BusinessFaults(faults: found).description.split(separator: "\n").count == found.count)
    }

    /// What is replaced in the sound file, and the fault that must come of it.
    @Test(arguments: [
        ("\"+97235550199\"", "\"03-5550199\"", BusinessFault.Code.wrongValue, "E.164"),
        ("Asia/Jerusalem", "Asia/Tel-Aviv", .wrongValue, "time zone"),
        ("rate: 150", "rate: fast", .wrongValue, "`rate`"),
        ("outcomes: [served]", "outcomes: [done]", .wrongValue, "`done`"),
        ("ending: goodbye", "ending: hangup", .wrongValue, "`hangup`"),
        ("greeting: שלום, במה אפשר לעזור?", "greeting: \"\"", .missing, "`greeting`"),
        ("      reprompt: סליחה, מה תרצו?\n", "", .missing, "`reprompt`"),
        ("      prompt_hidden: המספר חסוי, להתראות.\n", "", .missing, "`prompt_hidden`"),
        ("phrases: [$yes, אשמח]", "phrases: [$yess]", .noPhrases, "`$yess`"),
        ("phrases: [לא]", "phrases: [לא, בטח]", .duplicate, "`בטח`"),
        ("phrases: [לא]", "phrases: [לא, מה]", .duplicate, "repeat"),
        ("next: back", "next: bac", .unknownState, "`bac`"),
        ("          next: bye\n", "          next: back\n", .unknownState, "`back`"),
        ("subject: need", "subject: wish", .unknownField, "`wish`"),
        ("prompt: שנחזור אליך?", "prompt: לגבי {need}, שנחזור אליך?", .missing, "{need}"),
        ("acknowledge: בשמחה, {need}.", "acknowledge: {need}", .wrongValue, "`acknowledge`"),
        ("\"אני רוצה {}\"", "\"אני רוצה\"", .wrongValue, "אני רוצה"),
        ("\n      next: bye\n", "\n", .missing, "leads nowhere"),
    ])
    func oneFault(old: String, new: String, code: BusinessFault.Code, word: String) {
        let text = sound.replacing(old, with: new)
        #expect(text != sound)
        let found = faults([("shop.yaml", text)])
        #expect(found.contains { $0.code == code && $0.problem.contains(word) && $0.line != nil }, "\(found)")
    }

    @Test func aFolderThatCannotBeReadSaysSo() {
        #expect(throws: BusinessFaults.self) { try BusinessDirectory.load(path: "/no/such/folder") }
        #expect(faults([("empty.yaml", "")]).map(\.code) == [.missing])
        #expect(faults([("twice.yaml", "id: a\nid: b\n")]).map(\.code) == [.brokenYAML])
    }
}
