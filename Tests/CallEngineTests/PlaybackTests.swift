import CallEngine
import CallVocabulary
import Testing

@Suite struct PlaybackTests {
    private func id(_ turn: Int, _ piece: Int) -> SpeechID { SpeechID(turn: TurnID(turn), piece: piece) }
    private func at(_ milliseconds: Int) -> CallTime { CallTime(milliseconds: milliseconds) }
    private func audio(_ milliseconds: Int, _ code: UInt8 = 1) -> [UInt8] { [UInt8](repeating: code, count: milliseconds * 8) }
    private func make() -> Player { Player() }

    private func sent(_ outputs: [Playback.Output]) -> [UInt8] {
        outputs.reduce(into: []) { if case .play(let bytes) = $1 { $0 += bytes } }
    }

    @Test func theFirstAudioLeavesAtOnceHoweverLittle() {
        let playback = make()
        playback.expect(id(1, 0))
        #expect(playback.pump(at: at(1_000)).isEmpty)
        #expect(playback.isBusy)
        #expect(playback.isWaitingForAudio)
        #expect(playback.nextTopUp == nil)
        let accepted = playback.receive(audio(20), for: id(1, 0), last: false)
        #expect(accepted)
        #expect(playback.pump(at: at(1_003)) == [.started(id(1, 0)), .play(audio(20))])
    }

    @Test func pacingCountsFromTheFirstAudio() throws {
        let playback = make()
        playback.expect(id(1, 0))
        playback.receive(audio(3_000), for: id(1, 0), last: true)
        // The buffer is filled to its lead and one top-up, and asks again when it is back at its lead.
        #expect(sent(playback.pump(at: at(1_000))).count == 500 * 8)
        #expect(playback.nextTopUp == at(1_100))
        #expect(sent(playback.pump(at: at(1_050))).isEmpty)
        #expect(sent(playback.pump(at: at(1_101))).count == 101 * 8)
    }

    @Test func aPumpAtTheTimeItAskedForSends() throws {
        let playback = make()
        playback.expect(id(1, 0))
        playback.receive(audio(3_000), for: id(1, 0), last: true)
        playback.pump(at: at(0))
        for _ in 0..<10 {
            let next = try #require(playback.nextTopUp)
            try #require(!sent(playback.pump(at: next)).isEmpty, "woken at \(next) for nothing")
        }
    }

    @Test func sentencesArePlayedInTheirOrderWhateverTheOrderOfArrival() {
        let playback = make()
        playback.expect(id(2, 0))
        playback.expect(id(1, 1))
        playback.expect(id(1, 0))
        playback.expect(id(1, 1))
        for (turn, piece) in [(2, 0), (1, 1), (1, 0)] {
            playback.receive(audio(40, UInt8(turn * 10 + piece)), for: id(turn, piece), last: true)
        }
        let outputs = playback.pump(at: at(0))
        #expect(
            outputs == [
                .started(id(1, 0)), .play(audio(40, 10)), .mark(id(1, 0)), .started(id(1, 1)), .play(audio(40, 11)), .mark(id(1, 1)),
                .started(id(2, 0)), .play(audio(40, 20)), .mark(id(2, 0)),
            ])
    }

    @Test func aMarkFollowsTheLastByteOnly() {
        let playback = make()
        playback.expect(id(1, 0))
        playback.receive(audio(600), for: id(1, 0), last: false)
        #expect(!playback.pump(at: at(0)).contains(.mark(id(1, 0))))
        #expect(!playback.pump(at: at(200)).contains(.mark(id(1, 0))), "all is sent, but more may come")
        playback.receive(audio(100), for: id(1, 0), last: true)
        let outputs = playback.pump(at: at(700))
        #expect(outputs.last == .mark(id(1, 0)))
        #expect(!playback.isWaitingForAudio)
    }

    @Test func aLastChunkWithoutAudioBringsTheMark() {
        let playback = make()
        playback.expect(id(1, 0))
        playback.receive(audio(100), for: id(1, 0), last: false)
        playback.pump(at: at(0))
        playback.receive([], for: id(1, 0), last: true)
        #expect(playback.pump(at: at(10)) == [.mark(id(1, 0))])
        #expect(playback.nextMark == at(100))
    }

    /// Six short sentences on a line that plays nothing: the first one's mark tells.
    @Test func theFirstMarkIsTheOneToWaitFor() {
        let playback = make()
        for piece in 0..<3 {
            playback.expect(id(1, piece))
            playback.receive(audio(100), for: id(1, piece), last: true)
        }
        playback.pump(at: at(0))
        #expect(playback.nextMark == at(100))
        #expect(playback.returned("t1.p0") == .sentence(id(1, 0)))
        #expect(playback.nextMark == at(200))
    }

    @Test func whatIsNotExpectedOrCompleteIsRefused() {
        let playback = make()
        #expect(!playback.receive(audio(20), for: id(1, 0), last: true))
        playback.expect(id(1, 0))
        #expect(playback.receive(audio(20), for: id(1, 0), last: true))
        #expect(!playback.receive(audio(20), for: id(1, 0), last: true))
        playback.pump(at: at(0))
        #expect(!playback.receive(audio(20), for: id(1, 0), last: true))
    }

    @Test func aReturnedMarkMeansHeardOnce() {
        let playback = make()
        playback.expect(id(3, 1))
        playback.receive(audio(20), for: id(3, 1), last: true)
        playback.pump(at: at(0))
        #expect(playback.returned("nonsense") == .nothing)
        #expect(playback.returned("t3.p0") == .nothing)
        #expect(playback.isBusy)
        #expect(playback.returned("t3.p1") == .sentence(id(3, 1)))
        #expect(playback.returned("t3.p1") == .nothing)
        #expect(!playback.isBusy)
    }

    @Test func creditIsGivenAsTheCallerHearsAndOnlyWhileMoreIsToCome() {
        let playback = make()
        playback.expect(id(1, 0))
        playback.receive(audio(4_000), for: id(1, 0), last: false)
        var granted = 0
        var sentBytes = 0
        for time in stride(from: 0, through: 6_000, by: 50) {
            for output in playback.pump(at: at(time)) {
                if case .credit(id(1, 0), let milliseconds) = output { granted += milliseconds }
                if case .play(let bytes) = output { sentBytes += bytes.count }
            }
            // What the voice may have sent is at most what was played and one credit and a half.
            #expect(4_000 + granted - sentBytes / 8 <= 6_000)
        }
        #expect(sentBytes == 4_000 * 8)
        #expect(granted >= 2_000, "a voice that has spent its credit is given more before the buffer runs dry")
        playback.receive(audio(4_000), for: id(1, 0), last: true)
        for time in stride(from: 6_050, through: 12_000, by: 50) {
            for output in playback.pump(at: at(time)) { if case .credit = output { Issue.record("credit for a complete sentence") } }
        }
    }

    @Test func anUnderrunIsReportedWithItsLength() {
        let playback = make()
        playback.expect(id(1, 0))
        playback.receive(audio(100), for: id(1, 0), last: false)
        playback.pump(at: at(0))
        playback.receive(audio(100), for: id(1, 0), last: true)
        #expect(playback.pump(at: at(130)) == [.underrun(id(1, 0), microseconds: 30_000), .play(audio(100)), .mark(id(1, 0))])
        #expect(playback.nextMark == at(230))
    }

    @Test func abandonedBeforeItWasSentASentenceLeavesNoTrace() {
        let playback = make()
        playback.expect(id(1, 0))
        playback.expect(id(1, 1))
        playback.receive(audio(50, 7), for: id(1, 1), last: true)
        playback.abandon(id(1, 0))
        playback.abandon(id(9, 9))
        #expect(playback.pump(at: at(0)) == [.started(id(1, 1)), .play(audio(50, 7)), .mark(id(1, 1))])
    }

    @Test func abandonedInTheMiddleItIsCutAndMarked() {
        let playback = make()
        playback.expect(id(1, 0))
        playback.expect(id(1, 1))
        playback.receive(audio(2_000), for: id(1, 0), last: false)
        playback.receive(audio(50, 7), for: id(1, 1), last: true)
        #expect(sent(playback.pump(at: at(0))).count == 500 * 8)
        playback.abandon(id(1, 0))
        #expect(playback.pump(at: at(200)) == [.mark(id(1, 0)), .started(id(1, 1)), .play(audio(50, 7)), .mark(id(1, 1))])
        #expect(playback.returned("t1.p0") == .sentence(id(1, 0)))
    }

    @Test func clearVoidsAudioAndMarks() {
        let playback = make()
        playback.expect(id(1, 0))
        playback.expect(id(1, 1))
        playback.receive(audio(300), for: id(1, 0), last: true)
        playback.receive(audio(3_000), for: id(1, 1), last: true)
        playback.pump(at: at(0))
        playback.clear(at: at(100))
        #expect(!playback.isBusy)
        #expect(playback.nextTopUp == nil)
        #expect(playback.nextMark == nil)
        #expect(playback.returned("t1.p0") == .nothing, "the marks that a clear returns were not heard")
        #expect(playback.pump(at: at(200)).isEmpty)
        // The line's buffer is empty: the next sentence begins at once.
        playback.expect(id(2, 0))
        playback.receive(audio(50), for: id(2, 0), last: true)
        #expect(sent(playback.pump(at: at(200))).count == 50 * 8)
        #expect(playback.nextMark == at(250))
    }

    /// The unsent audio of a later sentence must not hide that the one in front has none.
    @Test func onlyTheSentenceInFrontCountsAsUnsent() {
        let playback = make()
        playback.expect(id(1, 0))
        playback.expect(id(1, 1))
        playback.receive(audio(300), for: id(1, 1), last: true)
        playback.pump(at: at(0))
        #expect(!playback.hasUnsentAudio)
    }

    /// A line that drains at 8 kHz, audio that comes in irregular chunks, wake-ups that are late by up to 50 ms.
    @Test(arguments: 1...20) func theLineNeverRunsDryNorOverflowsWhileThereIsAudio(seed: UInt64) {
        var dice = Dice(seed: seed)
        let playback = make()
        let total = Int.random(in: 1_000...8_000, using: &dice)
        playback.expect(id(1, 0))
        var arrived = 0
        var sentMilliseconds = 0.0
        var dry = 0.0
        var now = 0
        while Int(sentMilliseconds) < total {
            now += Int.random(in: 1...50, using: &dice)
            if arrived < total {
                let chunk = min(total - arrived, Int.random(in: 60...200, using: &dice))
                arrived += chunk
                playback.receive(audio(chunk), for: id(1, 0), last: arrived == total)
            }
            let wasRunning = sentMilliseconds > 0
            let hadUnsent = playback.hasUnsentAudio
            for output in playback.pump(at: at(now)) {
                switch output {
                case .play(let bytes):
                    if wasRunning { #expect(dry > Double(now), "dry before \(now) ms with audio at hand") }
                    dry = max(dry, Double(now)) + Double(bytes.count) / 8
                    sentMilliseconds += Double(bytes.count) / 8
                case .underrun: Issue.record("an underrun is reported at \(now) ms")
                default: break
                }
            }
            if hadUnsent || sentMilliseconds > 0 { #expect(dry - Double(now) <= 501, "the buffer holds \(dry - Double(now)) ms") }
            guard now < 60_000 else { break }
        }
        #expect(Int(sentMilliseconds) == total)
    }

    // MARK: - Canned lines

    @Test func aCannedLineIsDroppedAndTheReplyBehindItStays() {
        let player = Player()
        let (canned, reply) = (SpeechID(turn: TurnID(1), piece: -2), SpeechID(turn: TurnID(1), piece: 0))
        player.expect(canned)
        player.receive([UInt8](repeating: 1, count: 4_000), for: canned, last: true)
        #expect(!player.playback.isSounding)
        _ = player.pump(at: .zero)
        player.expect(reply)
        player.receive([UInt8](repeating: 2, count: 800), for: reply, last: true)
        #expect(player.playback.isSounding)
        #expect(!player.playback.isReplySounding(TurnID(1)))
        #expect(player.playback.holds(canned))
        player.playback.clearCanned(at: CallTime(milliseconds: 100))
        #expect(!player.playback.isSounding)
        #expect(!player.playback.holds(canned))
        let outputs = player.pump(at: CallTime(milliseconds: 100))
        #expect(outputs == [.started(reply), .play([UInt8](repeating: 2, count: 800)), .mark(reply)])
        #expect(player.playback.isReplySounding(TurnID(1)))
        #expect(!player.playback.isReplySounding(TurnID(2)))
        #expect(player.playback.returned(canned.markName) == .nothing)
        #expect(player.playback.returned(reply.markName) == .sentence(reply))
        #expect(!player.playback.isSounding)
    }

    @Test func audioIsAwaitedUntilASentenceIsComplete() {
        let player = Player()
        let id = SpeechID(turn: TurnID(1), piece: 0)
        #expect(!player.playback.awaits(id))
        player.expect(id)
        #expect(player.playback.awaits(id))
        player.receive([UInt8](repeating: 1, count: 800), for: id, last: true)
        #expect(!player.playback.awaits(id))
        #expect(player.playback.holds(id))
    }
}
