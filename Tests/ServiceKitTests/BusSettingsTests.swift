import Bus
import Glibc
import ServiceKit
import Testing

@Suite struct BusSettingsTests {
    private func faults(_ values: [String: String]) -> [String] {
        let reader = SettingsReader(values)
        let settings = CommonSettings(reader)
        #expect(settings.busKeys == nil)
        return reader.faults
    }

    @Test func aBusBeyondThisMachineNeedsKeys() {
        #expect(faults([:]).isEmpty)
        #expect(faults(["MAANE_BUS": "tcp://127.0.0.1:5550"]).isEmpty)
        #expect(faults(["MAANE_BUS": "tcp://*:5550"]).map { $0.contains("maane-keys") } == [true])
        #expect(faults(["MAANE_BUS": "tcp://*:5550", "MAANE_BUS_SERVER_KEY_FILE": "/x"]).map { $0.hasPrefix("MAANE_BUS_SECRET_KEY_FILE") } == [true])
        #expect(faults(["MAANE_BUS_SECRET_KEY_FILE": "/x"]).map { $0.contains("MAANE_BUS_AUTHORISED_KEYS_FILE") } == [true])
        #expect(
            faults(["MAANE_BUS_SECRET_KEY_FILE": "/absent/x", "MAANE_BUS_SERVER_KEY_FILE": "/absent/y"]).map {
                $0.contains("/absent/x cannot be opened")
            } == [
                true
            ])
    }
}
