import StrataCore

/// Which loads are under way, for which keys, and who waits for each: the state of single flight, without I/O or lock.
///
/// Invariants:
/// - A key has at most one *open* flight, the one that callers join. A flight that was fenced is no longer open: it still
///   answers those who joined before, nobody joins it any more, and what it brings must not be kept.
/// - A load serves one or more flights. It is to be cancelled at the moment when none of them has a waiter left.
/// - A waiter stands in a flight once per place of its answer, and is gone from it when answered or when it left.
/// - What belongs to a flight is found by its place in an array: only the keys are hashed, once to join and once to land.
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
        fileprivate let slot: Int
    }

    /// Names a load; never used again.
    struct LoadIdentifier: Hashable, Sendable {
        fileprivate let load: Load

        static func == (left: Self, right: Self) -> Bool { left.load === right.load }

        func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(load)) }
    }

    /// `@unchecked Sendable`: only the board touches it, under whatever guards the board.
    fileprivate final class Load: @unchecked Sendable {
        /// How many of its flights somebody waits for; nil before the first and after the last.
        @exclusivity(unchecked) var awaited: Int?
    }

    private struct Slot {
        var number: UInt64
        var flight: Flight?
    }

    private var slots: [Slot] = []
    private var freeSlots: [Int] = []
    private var open: [Key: FlightIdentifier] = [:]
    private var nextNumber: UInt64 = 0

    /// How many flights there are.
    var count: Int { slots.count - freeSlots.count }

    /// Names the load for which the following `join`s may open flights.
    func makeLoad() -> LoadIdentifier { LoadIdentifier(load: Load()) }

    /// How many flights of a load somebody waits for; nil when all of them have landed.
    func awaitedFlights(of load: LoadIdentifier) -> Int? { load.load.awaited }

    /// Whether a flight has not landed.
    private func isUnderWay(_ identifier: FlightIdentifier) -> Bool {
        slots.indices.contains(identifier.slot) && slots[identifier.slot].number == identifier.number
            && slots[identifier.slot].flight != nil
    }

    /// A flight that has not landed.
    private subscript(identifier: FlightIdentifier) -> Flight {
        get { slots[identifier.slot].flight! }
        _modify { yield &slots[identifier.slot].flight! }
    }

    private mutating func add(_ flight: Flight) -> FlightIdentifier {
        nextNumber += 1
        let slot = Slot(number: nextNumber, flight: flight)
        guard let free = freeSlots.popLast() else {
            slots.append(slot)
            return FlightIdentifier(number: nextNumber, slot: slots.count - 1)
        }
        slots[free] = slot
        return FlightIdentifier(number: nextNumber, slot: free)
    }

    /// Lets a waiter wait for a key.
    ///
    /// - Returns: the key's flight, and whether this opened it, so that the load has to fetch the key.
    mutating func join(
        _ key: Key, _ place: Place, opening load: LoadIdentifier
    ) -> (flight: FlightIdentifier, isOpened: Bool) {
        let opened = add(Flight(key: key, load: load, places: [place]))
        guard let identifier = open.updateValue(opened, forKey: key) else {
            load.load.awaited = (load.load.awaited ?? 0) + 1
            return (opened, true)
        }
        open[key] = identifier
        remove(opened)
        let joined = self[identifier].load.load
        if self[identifier].places.isEmpty { joined.awaited = (joined.awaited ?? 0) + 1 }
        self[identifier].places.append(place)
        return (identifier, false)
    }

    private mutating func remove(_ identifier: FlightIdentifier) {
        slots[identifier.slot].flight = nil
        freeSlots.append(identifier.slot)
        // After a peak, the storage is given back when there is none left.
        if freeSlots.count == slots.count, slots.count > 1024 { (slots, freeSlots) = ([], []) }
    }

    /// Takes a waiter that gave up out of its flights; those that landed meanwhile are passed over.
    ///
    /// - Returns: the loads for which nobody waits any more; the caller cancels them. Their flights are closed, so that the
    ///   next caller of the key starts anew instead of joining a cancelled load.
    /// - Complexity: O(places of the flights).
    mutating func leave(_ waiter: Waiter, _ identifiers: [FlightIdentifier]) -> [LoadIdentifier] {
        var abandoned: [LoadIdentifier] = []
        for identifier in identifiers {
            guard isUnderWay(identifier) else { continue }
            let wasAwaited = !self[identifier].places.isEmpty
            self[identifier].places.removeAll { $0.waiter === waiter }
            guard wasAwaited, self[identifier].places.isEmpty else { continue }
            let load = self[identifier].load
            load.load.awaited! -= 1
            if load.load.awaited == 0 { abandoned.append(load) }
        }
        guard !abandoned.isEmpty else { return [] }
        for (key, identifier) in open where abandoned.contains(self[identifier].load) {
            open[key] = nil
        }
        return abandoned
    }

    /// Ends a flight.
    ///
    /// - Returns: the flight with the places to answer; its result may be kept unless it is fenced.
    mutating func land(_ identifier: FlightIdentifier) -> Flight {
        guard isUnderWay(identifier) else { preconditionFailure("flight \(identifier.number) landed twice") }
        let flight = self[identifier]
        remove(identifier)
        // One that was fenced may have a successor.
        if let removed = open.removeValue(forKey: flight.key), removed != identifier { open[flight.key] = removed }
        let load = flight.load.load
        if !flight.places.isEmpty { load.awaited! -= 1 }
        if load.awaited == 0 { load.awaited = nil }
        return flight
    }

    /// Fences the flight of a key: an invalidation came, so what the load read before it must not be kept.
    mutating func fence(_ key: Key) {
        guard let identifier = open.removeValue(forKey: key) else { return }
        self[identifier].isFenced = true
    }

    /// Fences every flight: an invalidation came that names no key.
    mutating func fenceAll() {
        for identifier in open.values { self[identifier].isFenced = true }
        open.removeAll()
    }
}
