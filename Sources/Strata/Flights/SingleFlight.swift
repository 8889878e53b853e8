import NIOConcurrencyHelpers
import StrataCore

/// Lets concurrent callers of one key share one load within the process.
///
/// A caller that is cancelled leaves at once and never ends the load for the others; when the last one left, the load is
/// cancelled. An invalidation fences the load that is under way: those who joined before it get its answer, nobody after.
final class SingleFlight<Value: Sendable>: Sendable {
    typealias Waiter = FlightWaiter<Value>
    typealias Answer = Waiter.Answer

    /// What a load has to fetch, and how it hands in what it found.
    struct Departure: Sendable {
        /// The keys to load, each of them once.
        let keys: [Key]
        /// Answers the waiters of the key at an index, each index once.
        ///
        /// `keep` puts the answer into memory. It is called before anyone is answered, and only when no invalidation came
        /// during the load; one that comes later finds what was kept and removes it.
        let land: @Sendable (_ index: Int, _ answer: Answer, _ keep: () -> Void) -> Void
    }

    /// What answers keys whose load takes too long.
    struct Substitute: Sendable {
        /// How long a load may take before.
        let after: Duration
        /// The answer for the key at an index; nil when there is none but the load's.
        let answer: @Sendable (_ index: Int) -> Answer?
    }

    private struct State {
        var board = FlightBoard<Waiter>()
        var tickets: [FlightBoard<Waiter>.LoadIdentifier: LoadTasks.Ticket] = [:]
    }

    private let state = NIOLockedValueBox(State())
    private let tasks: LoadTasks

    init(tasks: LoadTasks) {
        self.tasks = tasks
    }

    /// How many keys are being loaded.
    var count: Int { state.withLockedValue { $0.board.count } }

    /// Answers all keys, loading those that no flight is under way for.
    ///
    /// - Parameters:
    ///   - keys: what to answer; a key may occur more than once.
    ///   - known: the answers that are known already, by index of `keys`; nil where one is wanted.
    ///   - substitute: answers what is missing after a while. The load goes on, also when nobody else waits for it.
    ///   - load: fetches the departure's keys and lands each of them. It runs in a task of its own.
    func answers(
        for keys: [Key], known: [Answer?], substitute: Substitute? = nil,
        load: @escaping @Sendable (Departure) async -> Void
    ) async -> [Answer] {
        let waiter = Waiter(answers: known)
        let boarding = join(keys, known: known, waiter)
        if !boarding.opened.isEmpty { depart(boarding, load: load) }
        let flights = boarding.flights
        guard let substitute else { return await waiter.wait { [self] in leave(waiter, flights) } }
        return await withTaskGroup(of: Void.self) { group in
            group.addTask {
                do { try await Task.sleep(for: substitute.after) } catch { return }
                // The waiter keeps its places in the flights, so that the load is not taken for one nobody waits for.
                for index in waiter.missing {
                    if let answer = substitute.answer(index) { waiter.answer(index, with: answer) }
                }
            }
            defer { group.cancelAll() }
            return await waiter.wait { [self] in leave(waiter, flights) }
        }
    }

    /// Fences the load of a key.
    func fence(_ key: Key) {
        state.withLockedValue { $0.board.fence(key) }
    }

    /// Fences every load.
    func fenceAll() {
        state.withLockedValue { $0.board.fenceAll() }
    }

    private struct Boarding: Sendable {
        let load: FlightBoard<Waiter>.LoadIdentifier
        /// The flights the waiter is in.
        var flights: [FlightBoard<Waiter>.FlightIdentifier] = []
        /// Those of them that it opened, with their keys.
        var opened: [(flight: FlightBoard<Waiter>.FlightIdentifier, key: Key)] = []
    }

    private func join(_ keys: [Key], known: [Answer?], _ waiter: Waiter) -> Boarding {
        state.withLockedValue { state in
            var boarding = Boarding(load: state.board.makeLoad())
            for (index, key) in keys.enumerated() where known[index] == nil {
                let place = FlightBoard<Waiter>.Place(waiter: waiter, index: index)
                let (flight, isOpened) = state.board.join(key, place, opening: boarding.load)
                boarding.flights.append(flight)
                if isOpened { boarding.opened.append((flight, key)) }
            }
            return boarding
        }
    }

    private func depart(_ boarding: Boarding, load: @escaping @Sendable (Departure) async -> Void) {
        let flights = boarding.opened.map(\.flight)
        let departure = Departure(keys: boarding.opened.map(\.key)) { [self] index, answer, keep in
            land(flights[index], answer, keep: keep)
        }
        let ticket = tasks.start { [self] in
            await load(departure)
            state.withLockedValue { _ = $0.tickets.removeValue(forKey: boarding.load) }
        }
        guard let ticket else {
            let error = StrataError(.shutdown, "the cache manager was shut down; reads that need a load end here")
            for index in flights.indices { departure.land(index, .failure(error)) {} }
            return
        }
        // A load that has ended landed all its flights; its ticket must not stay.
        state.withLockedValue { state in
            if flights.contains(where: state.board.isUnderWay) { state.tickets[boarding.load] = ticket }
        }
    }

    private func land(
        _ flight: FlightBoard<Waiter>.FlightIdentifier, _ answer: Answer, keep: () -> Void
    ) {
        let landed = state.withLockedValue { state in
            let landed = state.board.land(flight)
            // Under the lock, so that a fence comes either before, and forbids it, or after, and its invalidation finds it.
            if !landed.isFenced { keep() }
            return landed
        }
        for place in landed.places { place.waiter.answer(place.index, with: answer) }
    }

    private func leave(_ waiter: Waiter, _ flights: [FlightBoard<Waiter>.FlightIdentifier]) {
        let tickets = state.withLockedValue { state in
            state.board.leave(waiter, flights).compactMap { state.tickets[$0] }
        }
        for ticket in tickets { tasks.cancel(ticket) }
    }
}
