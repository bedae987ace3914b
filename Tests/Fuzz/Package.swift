// swift-tools-version: 6.2
// The fuzzers, apart from the product's package: a program without a main function links only when it is built for libFuzzer, and everything
// that it uses must be built so too. `make fuzz` builds and runs them. Linked/ shows the product's sources within this package.
import PackageDescription

let settings: [SwiftSetting] = [.enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility")]

let package = Package(
    name: "maane-fuzz",
    targets: [
        .systemLibrary(name: "COpenSSL", path: "Linked/COpenSSL"),
        .target(name: "Signing", dependencies: ["COpenSSL"], path: "Linked/Signing", swiftSettings: settings),
        .target(name: "TwilioWire", dependencies: ["Signing"], path: "Linked/TwilioWire", swiftSettings: settings),
        .target(name: "Hebrew", path: "Linked/Hebrew", swiftSettings: settings),
        .target(name: "FuzzTargets", dependencies: ["Hebrew", "Signing", "TwilioWire"], path: "Targets", swiftSettings: settings),
    ]
        + ["media", "form", "signature", "twiml", "say", "understanding"].map {
            .executableTarget(name: "fuzz-\($0)", dependencies: ["FuzzTargets"], path: "Programs/\($0)", swiftSettings: settings)
        }
)
