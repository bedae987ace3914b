// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [.enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility")]

// MARK: - Shapes

func system(_ name: String) -> Target { .systemLibrary(name: name, path: "shared/CLibs/\(name)") }
func shared(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "shared/\(name)", swiftSettings: settings)
}
func library(_ name: String, _ path: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: path, exclude: exclude, swiftSettings: settings)
}
func program(_ name: String, _ path: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, path: path, swiftSettings: settings)
}
func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, path: "Tests/\(name)", swiftSettings: settings)
}

// MARK: - Libraries from outside

let nioConcurrency: Target.Dependency = .product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioWebSocket: Target.Dependency = .product(name: "NIOWebSocket", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let coreMetrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let configuration: Target.Dependency = .product(name: "Configuration", package: "swift-configuration")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let systemPackage: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let protobuf: Target.Dependency = .product(name: "SwiftProtobuf", package: "swift-protobuf")
let grpcCore: Target.Dependency = .product(name: "GRPCCore", package: "grpc-swift-2")
let grpcHTTP2: Target.Dependency = .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport")

let package = Package(
    name: "maane",
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.30.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.3"),
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        // MARK: C libraries
        system("CZMQ"), system("CCurl"), system("CPQ"), system("COpenSSL"), system("CLame"), system("CSpeexDSP"),
        .target(name: "CPocketSphinx", path: "shared/CLibs/CPocketSphinx"),
        .target(name: "CShims", path: "shared/CLibs/CShims"),

        // MARK: shared, of use to anybody
        shared("EventThread", ["CShims"]),
        shared("ZeroMQ", ["CZMQ", "EventThread"]),
        shared("HTTPFetch", ["CCurl", "EventThread"]),
        shared("ProviderKit", [logging, metrics]),
        shared("Postgres", ["CPQ", "EventThread"]),
        shared("TwilioREST", ["HTTPFetch", logging]),
        shared("Signing", ["COpenSSL"]),
        shared("WebSocketClient", ["Signing", nioCore, nioPosix, nioSSL, nioWebSocket]),
        shared("Audio"),
        shared("AudioMP3", ["CLame"]),
        shared("Hebrew"),

        // MARK: shared, of the product
        shared("CallVocabulary"),
        shared("BusContract", ["CallVocabulary"]),
        shared("Bus", ["BusContract", "CallVocabulary", "EventThread", "ZeroMQ"]),
        shared("Business", ["CallVocabulary", "Hebrew", yams]),
        shared(
            "ServiceKit",
            ["Bus", "BusContract", "CallVocabulary", logging, metrics, coreMetrics, lifecycle, unixSignals, configuration, systemPackage]),

        // MARK: Google: only GoogleGRPC and what is built on it links gRPC
        library("GoogleProtos", "shared/GoogleProtos", [protobuf], exclude: ["proto"]),
        shared("GoogleCloud", ["HTTPFetch", "ProviderKit", "ServiceKit", "Signing", logging]),
        shared("GoogleGRPC", ["GoogleCloud", "ProviderKit", grpcCore, grpcHTTP2, logging, metrics]),

        // MARK: gateway
        library("TwilioWire", "services/gateway/Gateway/Twilio", ["Signing"]),
        library("CallEngine", "services/gateway/Gateway/Call", ["Audio", "BusContract", "CallVocabulary", "Hebrew"]),
        library("GatewayJournal", "services/gateway/Gateway/Journal", ["BusContract", "CallVocabulary", "EventThread", grdb, logging, metrics]),
        library(
            "Gateway", "services/gateway/Gateway",
            [
                "Bus", "BusContract", "Business", "CallEngine", "CallVocabulary", "EventThread", "GatewayJournal", "HTTPFetch", "ServiceKit",
                "Signing", "TwilioREST", "TwilioWire", "ZeroMQ",
                nioConcurrency, nioCore, nioPosix, nioHTTP1, nioWebSocket, logging, metrics, coreMetrics, lifecycle,
            ], exclude: ["Twilio", "Call", "Journal"]),
        program("gateway", "services/gateway/main", ["Business", "Gateway", "ServiceKit", logging, lifecycle]),

        // MARK: workers
        library(
            "ASRWorker", "services/asr-worker/ASRWorker",
            [
                "Audio", "Bus", "BusContract", "CallVocabulary", "CPocketSphinx", "EventThread", "HTTPFetch", "ProviderKit", "ServiceKit",
                "Signing", "WebSocketClient", logging, metrics,
            ]),
        library(
            "ASRGoogleWire", "services/asr-worker/ASRGoogleWire",
            ["ASRWorker", "GoogleCloud", "GoogleProtos", "ProviderKit", "ServiceKit", protobuf]),
        library(
            "ASRGoogle", "services/asr-worker/ASRGoogle",
            ["ASRGoogleWire", "ASRWorker", "GoogleCloud", "GoogleGRPC", "ProviderKit", logging]),
        library(
            "ASRStage", "services/asr-worker/ASRStage",
            [
                "ASRGoogle", "ASRGoogleWire", "ASRWorker", "Audio", "Business", "CallVocabulary", "GoogleCloud", "HTTPFetch", "ProviderKit",
                "ServiceKit", "WebSocketClient", logging, lifecycle,
            ]),
        program(
            "asr-worker", "services/asr-worker/main", ["ASRStage", "ASRWorker", "Bus", "Business", "CallVocabulary", "ServiceKit", logging, lifecycle]),
        library(
            "DialogWorker", "services/dialog-worker/DialogWorker",
            ["Bus", "BusContract", "Business", "CallVocabulary", "Hebrew", "HTTPFetch", "ProviderKit", "ServiceKit", logging, metrics]),
        program(
            "dialog-worker", "services/dialog-worker/main",
            ["Bus", "Business", "CallVocabulary", "DialogWorker", "Hebrew", "HTTPFetch", "ServiceKit", logging, lifecycle]),
        library(
            "TTSWorker", "services/tts-worker/TTSWorker",
            [
                "Audio", "AudioMP3", "Bus", "BusContract", "Business", "CallVocabulary", "EventThread", "Hebrew", "HTTPFetch", "ProviderKit",
                "ServiceKit", "Signing", "TwilioREST", lifecycle, logging, metrics, subprocess, systemPackage,
            ]),
        library(
            "TTSGoogle", "services/tts-worker/TTSGoogle",
            ["Audio", "GoogleCloud", "GoogleGRPC", "GoogleProtos", "ProviderKit", "ServiceKit", logging, protobuf]),
        library(
            "TTSStage", "services/tts-worker/TTSStage", ["Audio", "Business", "GoogleCloud", "HTTPFetch", "ProviderKit", "ServiceKit", "TTSGoogle", "TTSWorker", logging]),
        program(
            "tts-worker", "services/tts-worker/main",
            ["Bus", "Business", "CallVocabulary", "Hebrew", "ServiceKit", "TTSStage", "TTSWorker", logging, lifecycle]),
        library(
            "CRMWorker", "services/crm-worker/CRMWorker",
            ["Bus", "BusContract", "CallVocabulary", "CPQ", "Postgres", "ServiceKit", logging, metrics]),
        program("crm-worker", "services/crm-worker/main", ["Bus", "CallVocabulary", "CRMWorker", "ServiceKit", logging, lifecycle]),

        // MARK: deploy
        .target(name: "CSupervisorShims", path: "deploy/supervisor/CShims"),
        library("Supervisor", "deploy/supervisor/Supervisor", ["CSupervisorShims", logging]),
        program("hebrew", "deploy/hebrew/main", ["Hebrew", arguments]),
        program("maane-keys", "deploy/keys/main", ["Bus", "ZeroMQ", arguments]),
        program("maane-supervisor", "deploy/supervisor/main", ["Supervisor", arguments, logging]),

        // MARK: tests
        library("FuzzTargets", "Tests/Fuzz/Targets", ["Hebrew", "Signing", "TwilioWire"]),
        library("TestSupport", "Tests/TestSupport", ["COpenSSL", "EventThread"]),
        library("ProviderFakes", "Tests/ProviderFakes/Kit", ["EventThread", "HTTPFetch", "TestSupport"]),
        library("VoiceFakes", "Tests/VoiceFakes", ["EventThread", "HTTPFetch", "TestSupport"]),
        program("voice-probe", "Tests/VoiceProbe", ["Audio", "HTTPFetch", "ServiceKit", "TestSupport", "TTSWorker", "VoiceFakes", logging]),
        library("GoogleFakeKit", "Tests/ProviderFakes/GoogleKit", ["EventThread", "HTTPFetch"]),
        library(
            "TwilioSimulatorKit", "Tests/TwilioSimulator/Kit",
            [
                "Audio", "AudioMP3", "BusContract", "CallVocabulary", "EventThread", "Signing", "ZeroMQ", nioConcurrency, nioCore, nioPosix, nioHTTP1,
                nioSSL, nioWebSocket, subprocess, yams,
            ]),
        library(
            "ChaosKit", "Tests/Chaos/Kit",
            ["Audio", "Postgres", "Signing", "Supervisor", "TwilioSimulatorKit", nioCore, nioPosix, subprocess, systemPackage]),
        library(
            "ConversationsKit", "Tests/Conversations/Kit",
            ["Audio", "BusContract", "CallVocabulary", "Hebrew", "Signing", "TwilioSimulatorKit", nioCore, nioPosix, subprocess, yams]),
        program("maane-conversations", "Tests/Conversations/main", ["ConversationsKit", "TwilioSimulatorKit", arguments]),
        program("maane-chaos", "Tests/Chaos/main", ["ChaosKit", "TwilioSimulatorKit", arguments]),
        program("twilio-simulator", "Tests/TwilioSimulator/main", ["BusContract", "CallVocabulary", "TwilioSimulatorKit", arguments]),
        library(
            "HearingKit", "Tests/HearingTable/Kit",
            ["ASRWorker", "Audio", "Business", "CallEngine", "CallVocabulary", "DialogWorker", "TwilioSimulatorKit", logging]),
        program("maane-hearing", "Tests/HearingTable/main", ["Business", "DialogWorker", "HearingKit", "TwilioSimulatorKit", arguments]),

        library("VoiceActivityKit", "Tests/VoiceActivity/Kit", ["Audio"]),
        program(
            "maane-voice-activity", "Tests/VoiceActivity/main",
            ["Audio", "ConversationsKit", "CSpeexDSP", "TwilioSimulatorKit", "VoiceActivityKit", arguments, subprocess, systemPackage]),
        library("BenchmarksKit", "Tests/BenchmarksKit", ["CallVocabulary"]),
        program("journal-probe", "Tests/JournalProbe", ["BusContract", "CallVocabulary", "GatewayJournal", logging]),
        program(
            "maane-benchmarks", "Tests/Benchmarks",
            [
                "ASRWorker", "Audio", "BenchmarksKit", "Bus", "BusContract", "CallVocabulary", "GatewayJournal", "HTTPFetch", "ProviderFakes",
                "ServiceKit", "Signing", "TestSupport", "WebSocketClient", arguments, grdb, logging,
            ]),
        program(
            "google-benchmark", "Tests/GoogleBenchmark",
            [
                "ASRGoogle", "ASRGoogleWire", "ASRWorker", "GoogleCloud", "GoogleFakeKit", "GoogleGRPC", "HTTPFetch", "ServiceKit", arguments,
                logging,
            ]),
        program(
            "frame-probe", "Tests/FrameProbe",
            [
                "Audio", "Bus", "BusContract", "CallEngine", "CallVocabulary", "Gateway", "Signing", "TwilioWire", arguments, logging, nioCore,
                nioPosix,
            ]),

        // MARK: tests of one target each, milliseconds
        tests("AudioTests", ["Audio", "AudioMP3", "VoiceActivityKit"]),
        tests("ASRWorkerTests", ["Audio", "ASRWorker", "Bus", "BusContract", "CallVocabulary", "ProviderKit"]),
        tests("BenchmarksTests", ["BenchmarksKit", "CallVocabulary"]),
        tests("BusinessTests", ["Business", "CallVocabulary", "Hebrew"]),
        .testTarget(
            name: "BusTests", dependencies: ["Bus", "BusContract", "CallVocabulary", "EventThread", "TestSupport", "ZeroMQ", "maane-keys"],
            path: "Tests/BusTests",
            exclude: ["Fixtures"], swiftSettings: settings),
        tests("ChaosTests", ["Audio", "ChaosKit", "TTSWorker", "TwilioSimulatorKit"]),
        tests("ConversationsTests", ["ASRWorker", "Audio", "BusContract", "CallVocabulary", "ConversationsKit", "ServiceKit", "TwilioSimulatorKit"]),
        tests("CallEngineTests", ["Audio", "BusContract", "CallEngine", "CallVocabulary"]),
        tests("CLibsTests", ["TestSupport", "CZMQ", "CCurl", "CPQ", "COpenSSL", "CLame", "CPocketSphinx", "CShims"]),
        .testTarget(
            name: "DialogWorkerTests",
            dependencies: [
                "Bus", "BusContract", "Business", "CallVocabulary", "DialogWorker", "Hebrew", "HTTPFetch", "ProviderKit", "ServiceKit", logging,
            ],
            path: "Tests/DialogWorkerTests", exclude: ["Golden"], swiftSettings: settings),
        tests("EventThreadTests", ["EventThread"]),
        .testTarget(
            name: "GatewayTests",
            dependencies: [
                "Bus", "BusContract", "Business", "CallEngine", "CallVocabulary", "Gateway", "GatewayJournal", "ServiceKit", "TestSupport",
                "TwilioREST", "TwilioWire", nioCore, nioPosix, logging,
            ],
            path: "Tests/GatewayTests", exclude: ["Golden"], swiftSettings: settings),
        tests(
            "GoogleWireTests",
            ["ASRGoogleWire", "ASRWorker", "GoogleCloud", "GoogleProtos", "ProviderKit", "ServiceKit", "Signing", logging, protobuf]),
        .testTarget(
            name: "HebrewTests", dependencies: ["Hebrew"], path: "Tests/HebrewTests", exclude: ["Comparison", "Fixtures", "references-requirements.txt"],
            swiftSettings: settings),
        tests("ProviderKitTests", ["ProviderKit", logging]),
        tests("RecogniserTests", ["Audio", "ASRWorker", "CallVocabulary", "TTSWorker", logging]),
        tests(
            "RecordingTests",
            [
                "ASRWorker", "Audio", "Bus", "BusContract", "CallVocabulary", "Gateway", "ServiceKit", "TestSupport", "TwilioWire", lifecycle,
                logging,
                nioCore,
            ]),
        tests("ServiceKitTests", ["Bus", "BusContract", "CallVocabulary", "ServiceKit", lifecycle, logging, metrics, coreMetrics]),
        tests("SigningTests", ["Signing"]),
        tests("SupervisorTests", ["Supervisor", "maane-supervisor"]),
        tests(
            "TTSVoiceTests",
            [
                "Audio", "Bus", "BusContract", "Business", "CallVocabulary", "HTTPFetch", "ServiceKit", "TestSupport", "TTSWorker", "TwilioREST",
                logging,
            ]),
        tests("TwilioWireTests", ["FuzzTargets", "TwilioWire"]),
        tests("ZeroMQTests", ["TestSupport", "ZeroMQ", "EventThread", "CShims"]),

        // MARK: tests with servers, databases and programs of their own
        tests("CRMWorkerTests", ["CRMWorker", "Bus", "BusContract", "CallVocabulary", "Postgres", "EventThread", "TestSupport", logging]),
        tests(
            "GatewayHTTPTests",
            [
                "Gateway", "Signing", "TwilioWire", nioCore, nioPosix, nioHTTP1, nioWebSocket, nioConcurrency, logging, coreMetrics,
                .product(name: "MetricsTestKit", package: "swift-metrics"),
            ]),
        tests(
            "ASRGoogleTests",
            [
                "ASRGoogle", "ASRGoogleWire", "ASRWorker", "Audio", "CallVocabulary", "GoogleCloud", "GoogleFakeKit", "GoogleGRPC", "HTTPFetch", "ProviderKit",
                "ServiceKit", "TestSupport", logging,
            ]),
        tests(
            "TTSGoogleTests",
            [
                "Audio", "GoogleCloud", "GoogleFakeKit", "GoogleGRPC", "HTTPFetch", "ProviderKit", "ServiceKit", "TTSGoogle", logging,
            ]),
        tests("HTTPFetchTests", ["HTTPFetch", "EventThread", "COpenSSL", "TestSupport"]),
        tests(
            "TTSProviderTests",
            [
                "Audio", "Business", "CallVocabulary", "EventThread", "HTTPFetch", "ProviderKit", "ServiceKit", "TestSupport", "TTSWorker",
                "VoiceFakes", "voice-probe", logging,
            ]),
        tests(
            "ASRProviderTests",
            ["ASRWorker", "Audio", "CallVocabulary", "HTTPFetch", "ProviderFakes", "ProviderKit", "ServiceKit", "Signing", "WebSocketClient"]),
        tests("WebSocketClientTests", ["Signing", "TestSupport", "WebSocketClient", nioCore, nioPosix, nioSSL]),
        tests("TwilioRESTTests", ["HTTPFetch", "TestSupport", "TwilioREST", logging]),
        tests("JournalTests", ["BusContract", "CallVocabulary", "GatewayJournal", "TestSupport", "journal-probe", grdb, logging]),
        tests("PostgresTests", ["Postgres", "EventThread", "TestSupport"]),
        tests(
            "DialogProviderTests",
            [
                "Bus", "BusContract", "Business", "CallVocabulary", "DialogWorker", "EventThread", "HTTPFetch", "ProviderKit", "ServiceKit", "TestSupport",
                logging,
            ]),
        tests(
            "TwilioSimulatorTests",
            ["TwilioSimulatorKit", "Audio", "AudioMP3", "Signing", nioCore, nioPosix, nioHTTP1, nioWebSocket, nioConcurrency]),

        // MARK: whole calls
        tests(
            "CallTests",
            [
                "Audio", "ASRStage", "ASRWorker", "Bus", "BusContract", "Business", "CallEngine", "CallVocabulary", "CRMWorker", "DialogWorker",
                "Gateway", "GoogleFakeKit", "ProviderFakes", "ProviderKit", "ServiceKit", "TestSupport", "TTSWorker", nioCore, nioPosix, lifecycle,
                logging,
            ]),
        tests(
            "IntegrationTests",
            [
                "BusContract", "CallEngine", "CallVocabulary", "Postgres", "Signing", "TestSupport", "TwilioSimulatorKit", "TwilioWire", nioCore,
                nioPosix, subprocess, systemPackage,
                "gateway", "asr-worker", "dialog-worker", "tts-worker", "crm-worker", "maane-supervisor", "maane-chaos",
                "maane-conversations",
            ]),
    ]
)
