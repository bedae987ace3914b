import BusContract
import TwilioSimulatorKit

/// The conversation on the terminal, as it happens.
struct LiveConsole: Sendable {
    func show(_ event: TapEvent) {
        switch event.name {
        case .callStarted: Console.out("— the call has begun —")
        case .said: if let text = event.text { Console.out("  agent     │ \(text)") }
        case .heard:
            if event.detail == "silence" {
                Console.out("  heard     │ (silence)")
            } else {
                let percent = event.confidence.map { " (\(Int(($0 * 100).rounded())) %)" } ?? ""
                Console.out("  heard     │ \(event.understood == true ? event.text ?? "" : "(not understood)")\(percent)")
            }
        case .turn:
            if let stages = event.stages, let fall = Waterfall(stages, event.record) {
                Console.out("  turn \(event.turn.map { "\($0)" } ?? "")    │ milliseconds from the caller's last sound\n\(fall.text)")
            }
        case .callEnded: Console.out("— the call has ended: \(event.detail ?? "") —")
        case .failover: Console.out("— a worker was lost: \(event.detail ?? ""); another goes on —")
        case .resumed: Console.out("— the line is back —")
        case .paused: Console.out("— the agent falls silent for a voice —")
        case .unpaused: Console.out("— and goes on —")
        case .bargeIn: Console.out("— the caller interrupts —")
        case .watchdog: Console.out("— the watchdog: \(event.detail ?? "") —")
        case .transfer: Console.out("— to a person —")
        case .assigned, .listening, .lead, .summary: break
        }
    }

    func show(_ event: CallReport.Event) {
        switch event.kind {
        case "customer-says": Console.out("  customer  │ \(event.detail)")
        case "play": Console.out("  greeting  │ \(event.detail)")
        default: break
        }
    }
}
