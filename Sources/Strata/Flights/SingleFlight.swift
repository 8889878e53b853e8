import NIOConcurrencyHelpers
import StrataCore
import StrataTelemetry
import Tracing

/// Lets concurrent callers of one key share one load within the process.
///
/// A caller that is cancelled leaves at once and never ends the load for the others; when the last one left, the load is
/// cancelled. An invalidation fences the load that is under way: those who joined before it get its answer, nobody after.
///
/// A load whose task waits for its turn takes the keys of other callers along, if these run on the same executor: what an
/// event loop was asked for in one round goes out as one request. Nobody waits for that, for the load is on its way.
final class SingleFlight<Value: Sendable>: Sendable {
    typealias Waiter = FlightWaiter<Value>
    typealias Answer = Waiter.Answer

    /// What a load has to fetch, and how it hands in what it found.
    struct Departure: Sendable {
        /// The keys to load, each of them once.
        let keys: [Key]
        /// Which of the keys each caller asked for, by their indices.
        let callers: [Range<Int>]
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
        /// The shared loads that have not begun; rarely more than one for each executor.
        var boarding: [Boarding] = []
    }

    /// A load that has not begun.
    private struct Boarding: Sendable {
        /// How many keys it takes.
        static var capacity: Int { 256 }

        let load: FlightBoard<Waiter>.LoadIdentifier
        let executor: PreferredExecutor
        /// Whether it may be joined: not when everybody has left it.
        var isOpen = true
        /// The flights it serves, with their keys.
        var opened: [(flight: FlightBoard<Waiter>.FlightIdentifier, key: Key)] = []
        /// Which of them each caller opened.
        var callers: [Range<Int>] = []
        /// The traces of the callers that it took along.
        var otherContexts: [InstrumentationContext] = []
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
    ///   - isShared: whether the load may fetch other callers' keys too, and theirs these: they do the same.
    ///   - load: fetches the departure's keys and lands each of them. It runs in a task of its own.
    func answers(
        for keys: [Key], known: [Answer?], substitute: Substitute? = nil, isShared: Bool,
        load: @escaping @Sendable (Departure) async -> Void
    ) async -> [Answer] {
        let waiter = Waiter(answers: known)
        let (flights, departing) = join(keys, known: known, waiter, isShared: isShared)
        if let departing { depart(departing, load: load) }
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

    /// Gives a waiter its places in flights.
    ///
    /// - Returns: the flights, and the load that is to be started for those it opened; nil when there is none to start.
    private func join(
        _ keys: [Key], known: [Answer?], _ waiter: Waiter, isShared: Bool
    ) -> (flights: [FlightBoard<Waiter>.FlightIdentifier], departing: Boarding?) {
        let executor = PreferredExecutor.current
        let context = InstrumentationContext.current
        return state.withLockedValue { state in
            let joined = state.boarding.firstIndex {
                isShared && $0.isOpen && $0.executor == executor
                    && $0.opened.count + keys.count <= Boarding.capacity
            }
            var load =
                joined.map { state.boarding[$0] } ?? Boarding(load: state.board.makeLoad(), executor: executor)
            var flights: [FlightBoard<Waiter>.FlightIdentifier] = []
            let start = load.opened.count
            for (index, key) in keys.enumerated() where known[index] == nil {
                let place = FlightBoard<Waiter>.Place(waiter: waiter, index: index)
                let (flight, isOpened) = state.board.join(key, place, opening: load.load)
                flights.append(flight)
                if isOpened { load.opened.append((flight, key)) }
            }
            if load.opened.count > start { load.callers.append(start..<load.opened.count) }
            if let joined {
                if let context { load.otherContexts.append(context) }
                state.boarding[joined] = load
                return (flights, nil)
            }
            guard !load.opened.isEmpty else { return (flights, nil) }
            if isShared { state.boarding.append(load) }
            return (flights, load)
        }
    }

    private func depart(_ boarding: Boarding, load: @escaping @Sendable (Departure) async -> Void) {
        let ticket = tasks.start(on: boarding.executor) { [self] in
            let (departure, otherContexts) = departure(of: boarding)
            if otherContexts.isEmpty {
                await load(departure)
            } else {
                await SharedLoad.$otherCallers.withValue(otherContexts) { await load(departure) }
            }
            state.withLockedValue { _ = $0.tickets.removeValue(forKey: boarding.load) }
        }
        guard let ticket else {
            let error = StrataError(.shutdown, "the cache manager was shut down; reads that need a load end here")
            let (departure, _) = departure(of: boarding)
            for index in departure.keys.indices { departure.land(index, .failure(error)) {} }
            return
        }
        let isAbandoned = state.withLockedValue { state in
            // A load that has ended landed all its flights; its ticket must not stay.
            guard let count = state.board.awaitedFlights(of: boarding.load) else { return false }
            state.tickets[boarding.load] = ticket
            return count == 0
        }
        if isAbandoned { tasks.cancel(ticket) }
    }

    /// Closes a load to further callers.
    private func departure(of boarding: Boarding) -> (Departure, otherContexts: [InstrumentationContext]) {
        let last = state.withLockedValue { state in
            let index = state.boarding.firstIndex { $0.load == boarding.load }
            return index.map { state.boarding.remove(at: $0) } ?? boarding
        }
        let departure = Departure(keys: last.opened.map(\.key), callers: last.callers) { [self] index, answer, keep in
            land(last.opened[index].flight, answer, keep: keep)
        }
        return (departure, last.otherContexts)
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
            let abandoned = state.board.leave(waiter, flights)
            for index in state.boarding.indices where abandoned.contains(state.boarding[index].load) {
                state.boarding[index].isOpen = false
            }
            return abandoned.compactMap { state.tickets[$0] }
        }
        for ticket in tickets { tasks.cancel(ticket) }
    }
}
