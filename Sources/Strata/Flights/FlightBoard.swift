import StrataCore

/// Which loads are under way, for which keys, and who waits for each: the state of single flight, without I/O or lock.
///
/// Invariants:
/// - A key has at most one *open* flight, the one that callers join. A flight that was fenced is no longer open: it still
///   answers those who joined before, nobody joins it any more, and what it brings must not be kept.
/// - A load serves one or more flights. It is to be cancelled at the moment when none of them has a waiter left.
/// - A waiter stands in a flight once per place of its answer, and is gone from it when answered or when it left.
struct FlightBoard<Waiter: AnyObject & Sendable>: Sendable {
    /// One waiter's place: the answer goes to `index` of what it asked for.
    struct Place: Sendable {
        let waiter: Waiter
        let index: Int
    }

    /// One key's load and those who wait for it.
    struct Flight: Sendable {
        let key: Key
        let load: LoadIdentifier
        fileprivate(set) var places: [Place]
        /// Whether an invalidation of the key came after the load began.
        fileprivate(set) var isFenced = false
    }

    /// Names a flight; never used again.
    struct FlightIdentifier: Hashable, Sendable {
        fileprivate let number: UInt64
    }

    /// Names a load; never used again.
    struct LoadIdentifier: Hashable, Sendable {
        fileprivate let number: UInt64
    }

    private var flights: [FlightIdentifier: Flight] = [:]
    private var open: [Key: FlightIdentifier] = [:]
    /// The flights of each load that still have a waiter.
    private var awaited: [LoadIdentifier: Int] = [:]
    private var nextNumber: UInt64 = 0

    /// How many flights there are.
    var count: Int { flights.count }

    /// Names the load for which the following `join`s may open flights.
    mutating func makeLoad() -> LoadIdentifier {
        nextNumber += 1
        return LoadIdentifier(number: nextNumber)
    }

    /// How many flights of a load somebody waits for; nil when all of them have landed.
    func awaitedFlights(of load: LoadIdentifier) -> Int? { awaited[load] }

    /// Lets a waiter wait for a key.
    ///
    /// - Returns: the key's flight, and whether this opened it, so that the load has to fetch the key.
    mutating func join(
        _ key: Key, _ place: Place, opening load: LoadIdentifier
    ) -> (flight: FlightIdentifier, isOpened: Bool) {
        if let identifier = open[key] {
            if flights[identifier]!.places.isEmpty { awaited[flights[identifier]!.load, default: 0] += 1 }
            flights[identifier]!.places.append(place)
            return (identifier, false)
        }
        nextNumber += 1
        let identifier = FlightIdentifier(number: nextNumber)
        flights[identifier] = Flight(key: key, load: load, places: [place])
        open[key] = identifier
        awaited[load, default: 0] += 1
        return (identifier, true)
    }

    /// Takes a waiter that gave up out of its flights; those that landed meanwhile are passed over.
    ///
    /// - Returns: the loads for which nobody waits any more; the caller cancels them. Their flights are closed, so that the
    ///   next caller of the key starts anew instead of joining a cancelled load.
    /// - Complexity: O(places of the flights).
    mutating func leave(_ waiter: Waiter, _ identifiers: [FlightIdentifier]) -> [LoadIdentifier] {
        var abandoned: [LoadIdentifier] = []
        for identifier in identifiers {
            guard var flight = flights.removeValue(forKey: identifier) else { continue }
            let wasAwaited = !flight.places.isEmpty
            flight.places.removeAll { $0.waiter === waiter }
            let isAbandoned = wasAwaited && flight.places.isEmpty
            let load = flight.load
            flights[identifier] = flight
            guard isAbandoned else { continue }
            awaited[load]! -= 1
            if awaited[load] == 0 { abandoned.append(load) }
        }
        guard !abandoned.isEmpty else { return [] }
        for (key, identifier) in open where abandoned.contains(flights[identifier]!.load) {
            open[key] = nil
        }
        return abandoned
    }

    /// Ends a flight.
    ///
    /// - Returns: the flight with the places to answer; its result may be kept unless it is fenced.
    mutating func land(_ identifier: FlightIdentifier) -> Flight {
        guard let flight = flights.removeValue(forKey: identifier) else {
            preconditionFailure("flight \(identifier.number) landed twice")
        }
        if open[flight.key] == identifier { open[flight.key] = nil }
        if !flight.places.isEmpty { awaited[flight.load]! -= 1 }
        if awaited[flight.load] == 0 { awaited[flight.load] = nil }
        return flight
    }

    /// Fences the flight of a key: an invalidation came, so what the load read before it must not be kept.
    mutating func fence(_ key: Key) {
        guard let identifier = open.removeValue(forKey: key) else { return }
        flights[identifier]!.isFenced = true
    }

    /// Fences every flight: an invalidation came that names no key.
    mutating func fenceAll() {
        for identifier in open.values { flights[identifier]!.isFenced = true }
        open.removeAll()
    }
}
