import BusContract
import CallVocabulary
import Metrics

/// What all turns of a gateway add up to.
enum TurnMetrics {
    static func measure(_ stages: TurnStages) {
        func record(_ name: String, _ from: CallTime?, _ to: CallTime?) {
            guard let from, let to else { return }
            Metrics.Timer(label: "maane_turn_seconds", dimensions: [("stage", name)]).recordNanoseconds((to.microseconds - from.microseconds) * 1000)
        }
        record("endpoint", stages.voiceEnd, stages.endpoint)
        record("final", stages.endpoint, stages.final)
        record("first_token", stages.asked, stages.firstToken)
        record("reply", stages.asked, stages.reply)
        record("audio", stages.reply, stages.audio)
        record("first_frame", stages.endpoint, stages.spoken)
        record("voice_to_voice", stages.voiceEnd, stages.spoken)
    }

    static func count(_ record: TurnRecord) {
        if let preemption = record.preemption { Counter(label: "maane_preemptions", dimensions: [("result", preemption)]).increment() }
        if let attempts = record.attempts { Counter(label: "maane_preemptions_in_vain").increment(by: attempts) }
        if let gap = record.gapMilliseconds {
            Metrics.Timer(label: "maane_turn_seconds", dimensions: [("stage", "gap")]).recordMilliseconds(gap)
        }
    }
}
