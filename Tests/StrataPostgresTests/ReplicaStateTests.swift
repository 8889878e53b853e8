import StrataCore
import Testing

@testable import StrataPostgres

/// The decisions about replicas, without any.
@Suite struct ReplicaStateTests {
    private let start = ContinuousClock.now

    @Test func aMarkIsAsOldAsTheMomentBeforeWhichItWasNotThere() {
        var history = HeartbeatHistory()
        #expect(history.time(of: [1]) == nil)
        history.take([7], own: 1, asked: start)
        #expect(history.time(of: [7]) == nil, "another one's, from before the first look")
        #expect(history.latest == nil)
        history.take([2, 7], own: 2, asked: start + .seconds(1))
        #expect(history.time(of: [2, 7]) == start + .seconds(1))
        #expect(history.time(of: [7]) == nil)
        #expect(history.latest == start + .seconds(1))
        history.take([3, 2, 7], own: 4, asked: start + .seconds(2))
        #expect(history.time(of: [3, 2]) == start + .seconds(1), "another one's, made after the look before")
        history.take([3], own: 5, asked: start + .seconds(3))
        #expect(history.time(of: [2]) == nil, "too old to be in the row")
        #expect(history.time(of: [99]) == nil, "a mark of another history")
        #expect(history.time(of: []) == nil)
    }

    @Test func floorsRefuseWhatIsKnownToBeOutdated() {
        let floors = ReadFloors()
        let before = ContinuousClock.now
        func entry(_ version: UInt64) -> Entry { .string([1], version: Version(rawValue: version)) }
        #expect(floors.allow(entry(1), of: "a", from: before))
        floors.raise("a", to: Version(rawValue: 5))
        #expect(!floors.allow(entry(4), of: "a", from: before))
        #expect(floors.allow(entry(5), of: "a", from: before))
        #expect(!floors.allow(.absent(version: Version(rawValue: 9)), of: "a", from: before))
        #expect(floors.allow(entry(4), of: "a", from: .now + .seconds(1)), "an answer from after the floor")
        floors.raise("a", to: Version(rawValue: 2))
        #expect(!floors.allow(entry(4), of: "a", from: before), "a floor never sinks")
        floors.raiseAll()
        #expect(!floors.allow(entry(9), of: "z", from: before) && !floors.allow(entry(9), of: "a", from: before))
        #expect(floors.allow(entry(1), of: "z", from: .now + .seconds(1)))
    }

    @Test func aReplicaThatFailedRestsAndIsThenTriedByOne() {
        var rest = ReplicaRest(Backoff(first: .seconds(1), last: .seconds(8)))
        func admits(after time: Duration) -> Bool { rest.admits(at: start + time) }
        #expect(admits(after: .zero))
        #expect(admits(after: .zero))
        rest.take(.bad, at: start)
        rest.take(.bad, at: start)
        #expect(!admits(after: .milliseconds(400)))
        #expect(admits(after: .seconds(1)))
        #expect(!admits(after: .seconds(1)), "one trial at a time")
        rest.take(.unknown, at: start + .seconds(1))
        #expect(admits(after: .seconds(1)), "a trial that was given up is made again")
        rest.take(.bad, at: start + .seconds(1))
        #expect(!admits(after: .milliseconds(1900)), "the next rest is longer")
        #expect(admits(after: .seconds(3)))
        rest.take(.good, at: start + .seconds(3))
        #expect(admits(after: .seconds(3)))
        #expect(admits(after: .seconds(3)))
    }
}
