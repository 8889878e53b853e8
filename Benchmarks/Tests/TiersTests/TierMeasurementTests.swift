import Foundation
import Testing

@testable import Tiers

@Suite struct TierMeasurementTests {
    /// A free port has no server: what can't be measured is an error, not a number.
    @Test(arguments: ["redis://127.0.0.1:1", "postgresql://nobody@127.0.0.1:1/none"])
    func anUnreachableServerIsAnError(url: String) async {
        let measurement = TierMeasurement(
            url: url, tasks: 2, connections: 1, keys: 10, duration: .milliseconds(100), placement: .global)
        await #expect(throws: (any Error).self) { try await measurement.report() }
    }

    @Test func redisHasNoReactor() async {
        let measurement = TierMeasurement(
            url: "redis://127.0.0.1:1", tasks: 2, connections: 1, keys: 10, duration: .milliseconds(100),
            placement: .reactor)
        await #expect(throws: TierError.self) { try await measurement.report() }
    }

    @Test(
        arguments: [
            ("redis://h:1", true), ("redis+unix:///s", true), ("postgresql://u@h/d", false), ("postgres://h", false),
            ("mysql://h", nil),
        ] as [(String, Bool?)])
    func tellsTheServersApart(url: String, isRedis: Bool?) {
        let measurement = TierMeasurement(
            url: url, tasks: 1, connections: 1, keys: 1, duration: .seconds(1), placement: .global)
        #expect(measurement.isRedis == isRedis)
    }
}
