import Testing

@testable import StrataPostgres

@Suite struct ConnectRateTests {
    private let start = ContinuousClock.now

    @Test func aBurstIsGivenAndThenOneAtATime() {
        var rate = ConnectRate(perSecond: 10, burst: 3)
        #expect((0..<3).allSatisfy { _ in rate.take(at: start) == nil })
        #expect(rate.take(at: start) == .milliseconds(100))
        #expect(rate.take(at: start + .milliseconds(60)) == .milliseconds(40), "asking in vain must cost nothing")
        #expect(rate.take(at: start + .milliseconds(100)) == nil)
        #expect(rate.take(at: start + .milliseconds(100)) == .milliseconds(100))
    }

    @Test func aQuietTimeGivesOneBurstAndNoMore() {
        var rate = ConnectRate(perSecond: 10, burst: 3)
        for _ in 0..<3 { _ = rate.take(at: start) }
        let later = start + .seconds(3600)
        #expect((0..<10).count { _ in rate.take(at: later) == nil } == 3)
    }

    @Test func overAnyTimeNoMoreThanBurstAndRateAreGiven() {
        var rate = ConnectRate(perSecond: 20, burst: 5)
        let given = (0..<10_000).count { rate.take(at: start + .milliseconds($0)) == nil }
        #expect((200...205).contains(given))
    }
}
