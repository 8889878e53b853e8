import StrataCore
import Testing

@Suite("Points in time and durations")
struct TimeTests {
    @Test func `moving a point stays within its range`() {
        let point = Timestamp(nanoseconds: 1_000)
        #expect(point.advanced(by: .nanoseconds(5)) == Timestamp(nanoseconds: 1_005))
        #expect(point.advanced(by: .nanoseconds(-5)) == Timestamp(nanoseconds: 995))
        #expect(point.advanced(by: .nanoseconds(-1_001)) == .distantPast)
        #expect(point.advanced(by: .seconds(Int64.min)) == .distantPast)
        #expect(Timestamp.distantFuture.advanced(by: .nanoseconds(1)) == .distantFuture)
        #expect(Timestamp(nanoseconds: .max - 1).advanced(by: .seconds(Int64.max)) == .distantFuture)
    }

    @Test func `the time between two points has a sign and a bound`() {
        let (early, late) = (Timestamp(nanoseconds: 10), Timestamp(nanoseconds: 25))
        #expect(early.duration(to: late) == .nanoseconds(15))
        #expect(late.duration(to: early) == .nanoseconds(-15))
        #expect(early.duration(to: early) == .zero)
        #expect(Timestamp.distantPast.duration(to: .distantFuture) == .nanoseconds(Int64.max))
        #expect(Timestamp.distantFuture.duration(to: .distantPast) == .nanoseconds(-Int64.max))
    }

    @Test func `whole units are rounded towards zero and held within their range`() {
        #expect(Duration.microseconds(1_999).wholeMilliseconds == 1)
        #expect(Duration.microseconds(-1_999).wholeMilliseconds == -1)
        #expect(Duration.seconds(3).wholeNanoseconds == 3_000_000_000)
        #expect(Duration.seconds(Int64.max).wholeNanoseconds == .max)
        #expect(Duration.seconds(Int64.min).wholeNanoseconds == .min)
        #expect(Duration.seconds(Int64.max).wholeMilliseconds == .max)
        #expect(Duration.seconds(Int64.min).wholeMilliseconds == .min)
    }

    @Test func `the system's time goes on, and a test's stands still`() {
        let source = TimeSource { Timestamp(nanoseconds: 42) }
        #expect(source.now == Timestamp(nanoseconds: 42))
        let first = TimeSource.system.now
        let end = ContinuousClock.now + .seconds(10)
        while TimeSource.system.now <= first, ContinuousClock.now < end {}
        #expect(TimeSource.system.now > first)
    }
}
