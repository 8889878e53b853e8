import Testing

@testable import StrataPostgres

@Suite struct StatementPlacementTests {
    private typealias Place = StatementPlacement.Place

    private let idle = Place(load: 0, reads: 0, writes: 0, isPrompt: true)
    private let reading = Place(load: 1, reads: 1, writes: 0, isPrompt: true)
    private let writing = Place(load: 1, reads: 0, writes: 1, isPrompt: true)
    private let crowd = StatementPlacement.crowd
    private let share = StatementPlacement.minimumShare

    private func slow(_ place: Place) -> Place {
        var place = place
        place.isPrompt = false
        return place
    }

    private func connection(_ places: [Place], isRead: Bool = true, waiting: Int, depth: Int = 16) -> Int? {
        var placement = StatementPlacement(places, depth: depth)
        return placement.place(isRead: isRead, waiting: waiting)?.connection
    }

    @Test func aFewReadersGetAConnectionToThemselves() {
        #expect(connection([reading, idle], waiting: 1) == 1)
        #expect(connection([reading, idle], waiting: crowd - 1) == 1)
        #expect(connection([reading, reading], waiting: crowd - 1) == nil)
    }

    @Test func aCrowdOfReadersFollowsTheReadUnderWay() {
        #expect(connection([idle, reading], waiting: crowd) == 1)
        var placement = StatementPlacement([idle, idle], depth: 16)
        #expect(placement.place(isRead: true, waiting: 2 * share)! == (0, share))
        #expect(placement.place(isRead: true, waiting: share)! == (0, share))
        #expect(placement.place(isRead: true, waiting: share)! == (1, share), "two are the most")
    }

    @Test func nobodyFollowsASlowReadOrAWrite() {
        #expect(connection([slow(reading), idle], waiting: crowd) == 1)
        #expect(connection([slow(reading), slow(reading)], waiting: crowd) == nil)
        #expect(connection([writing, idle], waiting: crowd) == 1)
        #expect(connection([Place(load: 2, reads: 1, writes: 1, isPrompt: true), writing], waiting: crowd) == nil)
    }

    @Test func writesNeverFollow() {
        #expect(connection([reading, idle], isRead: false, waiting: 100) == 1)
        #expect(connection([reading, writing], isRead: false, waiting: 100) == nil)
    }

    @Test func theWarmestOfTheLeastLoadedConnectionsIsUsed() {
        #expect(connection([idle, idle], waiting: 1) == 0)
        #expect(connection([Place(load: 3, reads: 0, writes: 0, isPrompt: true), idle], waiting: 1) == 1)
        #expect(connection([Place(load: 3, reads: 0, writes: 0, isPrompt: true)], waiting: 1, depth: 3) == nil)
        #expect(connection([reading, idle], waiting: crowd, depth: 1) == 1)
    }

    @Test func aGreatCrowdIsSpreadEvenly() {
        // Two statements each on the prompt ones, one on the slow one, none on the one that has both.
        let full = Place(load: 2, reads: 2, writes: 0, isPrompt: true)
        var placement = StatementPlacement([idle, slow(idle), reading, full], depth: 16)
        var waiting = 1000
        var shares: [Int] = []
        while let place = placement.place(isRead: true, waiting: waiting) {
            shares.append(min(place.share, waiting))
            waiting -= min(place.share, waiting)
        }
        #expect(shares == [250, 250, 250, 250] && waiting == 0)
        #expect(placement.places.map(\.reads) == [2, 1, 2, 2])
    }

    @Test func singleStatementsAreSpreadByLoad() {
        var placement = StatementPlacement([reading, idle], depth: 2)
        #expect((0..<4).map { _ in placement.placeSingle() } == [1, 0, 1, nil])
    }
}
