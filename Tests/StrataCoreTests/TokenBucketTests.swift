import Testing

@testable import StrataCore

@Suite struct TokenBucketTests {
    @Test func reservationsComeOneAfterTheOther() {
        var bucket = TokenBucket(perSecond: 10, burst: 2)
        let waits = (0..<4).map { _ in bucket.reserve(at: start) }
        #expect(waits == [.zero, .zero, .milliseconds(100), .milliseconds(200)])
        #expect(bucket.reserve(at: start + .milliseconds(300)) == .zero)
        #expect(bucket.reserve(at: start + .milliseconds(300)) == .milliseconds(100))
    }

    private let start = ContinuousClock.now

    @Test func aBurstIsGivenAndThenOneAtATime() {
        var bucket = TokenBucket(perSecond: 10, burst: 3)
        #expect((0..<3).allSatisfy { _ in bucket.take(at: start) == nil })
        #expect(bucket.take(at: start) == .milliseconds(100))
        #expect(bucket.take(at: start + .milliseconds(60)) == .milliseconds(40), "asking in vain must cost nothing")
        #expect(bucket.take(at: start + .milliseconds(100)) == nil)
        #expect(bucket.take(at: start + .milliseconds(100)) == .milliseconds(100))
    }

    @Test func aQuietTimeGivesOneBurstAndNoMore() {
        var bucket = TokenBucket(perSecond: 10, burst: 3)
        for _ in 0..<3 { _ = bucket.take(at: start) }
        let later = start + .seconds(3600)
        #expect((0..<10).count { _ in bucket.take(at: later) == nil } == 3)
    }

    @Test func overAnyTimeNoMoreThanBurstAndRateAreGiven() {
        var bucket = TokenBucket(perSecond: 20, burst: 5)
        let given = (0..<10_000).count { bucket.take(at: start + .milliseconds($0)) == nil }
        #expect((200...205).contains(given))
    }

    @Test func eventsThatHaveHappenedOverdrawTheBucket() {
        var bucket = TokenBucket(perSecond: 10, burst: 10)
        bucket.spend(10, at: start)
        #expect(bucket.wait(at: start) != nil)
        let later = start + .milliseconds(101)
        bucket.spend(0, at: later)
        #expect(bucket.wait(at: later) == nil)
        bucket.spend(5, at: later)
        let wait = bucket.wait(at: later) ?? .zero
        #expect(wait > .milliseconds(400) && wait < .milliseconds(510))
    }
}
