import NIOCore
import Testing

@testable import StrataProxy

@Suite struct ConnectionDeadlinesTests {
    private var deadlines = ConnectionDeadlines(
        .init(handshake: .seconds(5), request: .seconds(30), idle: .seconds(60), write: .seconds(20)),
        start: .uptimeNanoseconds(0))

    private mutating func check(
        at seconds: Int64, authenticated: Bool = true, requests: UInt64 = 0, partial: Bool = false,
        pending: Bool = false, unsent: Int = 0
    ) -> ConnectionDeadlines.Expired? {
        deadlines.check(
            .init(
                isAuthenticated: authenticated, requests: requests, hasPartialRequest: partial, hasPending: pending,
                unsentBytes: unsent),
            now: .uptimeNanoseconds(0) + .seconds(seconds))
    }

    @Test mutating func authenticationHasToComeSoon() {
        #expect(check(at: 4, authenticated: false) == nil)
        #expect(check(at: 5, authenticated: true) == nil)
        #expect(check(at: 6, authenticated: false) == .handshake)
    }

    @Test mutating func aRequestHasToComeCompletely() {
        #expect(check(at: 10, partial: true) == nil)
        #expect(check(at: 39, partial: true) == nil)
        #expect(check(at: 40, partial: true) == .request)
    }

    @Test mutating func everyRequestHasTheFullTime() {
        #expect(check(at: 10, requests: 1, partial: true) == nil)
        #expect(check(at: 30, requests: 2, partial: true) == nil)
        #expect(check(at: 59, requests: 2, partial: true) == nil)
        #expect(check(at: 60, requests: 2, partial: true) == .request)
    }

    @Test mutating func idleClientsGoUnlessTheyWaitForUs() {
        #expect(check(at: 59) == nil)
        #expect(check(at: 60, pending: true) == nil)
        #expect(check(at: 119) == nil)
        #expect(check(at: 120) == .idle)
    }

    @Test mutating func clientsHaveToReadSomething() {
        #expect(check(at: 1, requests: 1, unsent: 100) == nil)
        #expect(check(at: 19, requests: 1, unsent: 90) == nil)
        #expect(check(at: 38, requests: 1, unsent: 90) == nil)
        #expect(check(at: 39, requests: 1, unsent: 90) == .write)
    }
}
