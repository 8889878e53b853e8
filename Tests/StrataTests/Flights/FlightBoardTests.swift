import StrataCore
import Testing

@testable import Strata

@Suite("Which loads are under way, and who waits")
struct FlightBoardTests {
    private final class Caller: Sendable {}
    private typealias Board = FlightBoard<Caller>

    private var board = Board()

    private mutating func join(_ key: Key, _ caller: Caller, load: Board.LoadIdentifier, index: Int = 0) -> (
        flight: Board.FlightIdentifier, isOpened: Bool
    ) {
        board.join(key, .init(waiter: caller, index: index), opening: load)
    }

    @Test("The second caller of a key joins the first one's flight")
    mutating func joining() {
        let (first, second) = (Caller(), Caller())
        let opened = join("k", first, load: board.makeLoad())
        let joined = join("k", second, load: board.makeLoad())
        #expect(opened.isOpened)
        #expect(!joined.isOpened)
        #expect(opened.flight == joined.flight)
        let landed = board.land(opened.flight)
        #expect(landed.places.map { ObjectIdentifier($0.waiter) } == [first, second].map(ObjectIdentifier.init))
        #expect(board.count == 0)
    }

    @Test("A key that occurs twice in one request is loaded once and answered twice")
    mutating func twice() {
        let caller = Caller()
        let load = board.makeLoad()
        let opened = join("k", caller, load: load, index: 0)
        #expect(!join("k", caller, load: load, index: 1).isOpened)
        #expect(board.land(opened.flight).places.map(\.index) == [0, 1])
    }

    @Test("A load is abandoned when the last of its callers leaves, not before")
    mutating func abandonment() {
        let (first, second) = (Caller(), Caller())
        let load = board.makeLoad()
        let a = join("a", first, load: load)
        let b = join("b", first, load: load)
        _ = join("b", second, load: board.makeLoad())
        #expect(board.leave(first, [a.flight, b.flight]).isEmpty)
        #expect(board.leave(second, [b.flight]) == [load])
        let next = join("a", Caller(), load: board.makeLoad())
        #expect(next.isOpened, "nobody joins an abandoned load")
        #expect(board.land(a.flight).places.isEmpty)
    }

    @Test("A caller that leaves after its flight landed changes nothing")
    mutating func lateLeave() {
        let caller = Caller()
        let opened = join("k", caller, load: board.makeLoad())
        _ = board.land(opened.flight)
        #expect(board.leave(caller, [opened.flight]).isEmpty)
    }

    @Test("A flight nobody waits for any more can be joined while its load serves others")
    mutating func rejoining() {
        let (first, second, third) = (Caller(), Caller(), Caller())
        let load = board.makeLoad()
        let a = join("a", first, load: load)
        let b = join("b", second, load: load)
        #expect(board.leave(first, [a.flight]).isEmpty)
        #expect(!join("a", third, load: board.makeLoad()).isOpened)
        #expect(board.leave(second, [b.flight]).isEmpty)
        #expect(board.leave(third, [a.flight]) == [load])
    }

    @Test("A fenced flight answers those who joined before, and nobody joins it after")
    mutating func fencing() {
        let (before, after) = (Caller(), Caller())
        let fenced = join("k", before, load: board.makeLoad())
        board.fence("k")
        let next = join("k", after, load: board.makeLoad())
        #expect(next.isOpened)
        let landed = board.land(fenced.flight)
        #expect(landed.isFenced)
        #expect(landed.places.count == 1)
        #expect(!board.land(next.flight).isFenced)
    }

    @Test("An invalidation that names no key fences every flight")
    mutating func fencingAll() {
        let a = join("a", Caller(), load: board.makeLoad())
        let b = join("b", Caller(), load: board.makeLoad())
        board.fenceAll()
        #expect(board.land(a.flight).isFenced)
        #expect(board.land(b.flight).isFenced)
    }

    @Test("The places of flights that landed are used again, and late leavers find nobody else in them")
    mutating func placesAreUsedAgain() {
        var gone: [(caller: Caller, flight: Board.FlightIdentifier)] = []
        for round in 0..<3 {
            let load = board.makeLoad()
            let flights = (0..<2000).map { number in
                let caller = Caller()
                let joined = join(Key("\(round)-\(number)"), caller, load: load)
                gone.append((caller, joined.flight))
                return joined.flight
            }
            #expect(board.count == flights.count)
            for flight in flights { #expect(board.land(flight).places.count == 1) }
            #expect(board.count == 0)
            #expect(board.awaitedFlights(of: load) == nil)
        }
        let load = board.makeLoad()
        let last = join("k", Caller(), load: load)
        for (caller, flight) in gone { #expect(board.leave(caller, [flight]).isEmpty) }
        #expect(board.awaitedFlights(of: load) == 1)
        #expect(board.land(last.flight).places.count == 1)
    }
}
