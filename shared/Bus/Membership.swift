import BusContract
import CallVocabulary

/// A worker's standing with its gateway, as a value: says hello until it is welcome, then beats.
package struct Membership: Sendable, Equatable {
    package enum Standing: Sendable, Equatable {
        case unknown, welcome, refused(String)
    }
    package enum Action: Sendable, Equatable {
        case sayHello, beat
        /// A gateway that did not know us before has welcomed us: what we carried is over.
        case reset
        case becameReady
        case giveUp(String)
    }

    package private(set) var standing = Standing.unknown
    /// The one that welcomed us last.
    package private(set) var gateway: String?

    package init() {}

    /// Every heartbeat interval.
    package func tick() -> [Action] {
        switch standing {
        case .unknown: [.sayHello]
        case .welcome: [.beat]
        case .refused: []
        }
    }

    package mutating func welcomed(_ welcome: Welcome) -> [Action] {
        let wasReady = gateway != nil
        let isNew = gateway != welcome.gateway
        gateway = welcome.gateway
        standing = .welcome
        return (wasReady && isNew ? [.reset] : []) + (wasReady ? [] : [.becameReady])
    }

    package mutating func refused(_ refused: Refused) -> [Action] {
        if refused.mayRetry {
            standing = .unknown
            // A gateway that has forgotten us has given away what we carried.
            return gateway == nil ? [.sayHello] : [.reset, .sayHello]
        }
        standing = .refused(refused.reason)
        return [.giveUp(refused.reason)]
    }
}
