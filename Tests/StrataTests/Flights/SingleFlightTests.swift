import NIOConcurrencyHelpers
import StrataCore
import Testing

@testable import Strata

@Suite("Single flight")
struct SingleFlightTests {
    private let executor = StepExecutor()
    private let tasks = LoadTasks()
    private let flights: SingleFlight<String>
    /// The keys of each load, by caller.
    private let loads = NIOLockedValueBox<[[[Key]]]>([])

    init() {
        flights = SingleFlight(tasks: tasks)
    }

    /// A caller on the executor, whose answers are the keys themselves.
    private func ask(_ keys: [Key], isShared: Bool = true) -> Task<[String?], Never> {
        Task(executorPreference: executor) { [flights, loads] in
            let known = [SingleFlight<String>.Answer?](repeating: nil, count: keys.count)
            let answers = await flights.answers(for: keys, known: known, isShared: isShared) { departure in
                loads.withLockedValue { $0.append(departure.callers.map { Array(departure.keys[$0]) }) }
                for (index, key) in departure.keys.enumerated() { departure.land(index, .success("\(key)")) {} }
            }
            return answers.map { try? $0.get() }
        }
    }

    @Test("What callers on one executor ask for in one round is one load")
    func boarding() async {
        let callers = [ask(["a", "b"]), ask(["c"]), ask(["b"]), ask(["d", "a"])]
        executor.run()
        #expect(await callers[0].value == ["a", "b"])
        #expect(await callers[1].value == ["c"])
        #expect(await callers[2].value == ["b"])
        #expect(await callers[3].value == ["d", "a"])
        #expect(loads.withLockedValue { $0 } == [[["a", "b"], ["c"], ["d"]]])
        #expect(flights.count == 0)
    }

    @Test("A load that has begun takes nobody along")
    func departed() async {
        let first = ask(["a"])
        executor.run()
        let second = ask(["b"])
        executor.run()
        #expect(await first.value == ["a"])
        #expect(await second.value == ["b"])
        #expect(loads.withLockedValue { $0 } == [[["a"]], [["b"]]])
    }

    @Test("Loads of a service's own are not shared")
    func unshared() async {
        let callers = [ask(["a"], isShared: false), ask(["b"], isShared: false)]
        executor.run()
        for caller in callers { _ = await caller.value }
        #expect(loads.withLockedValue { $0 } == [[["a"]], [["b"]]])
    }

    @Test("A load takes 256 keys, and the next ones go with another")
    func capacity() async {
        let callers = (0..<300).map { ask([Key("\($0)")]) }
        executor.run()
        for caller in callers { _ = await caller.value }
        #expect(loads.withLockedValue { $0.map(\.count) } == [256, 44])
    }

    @Test("Callers that leave before their load begins are gone, and the others answered")
    func leaving() async {
        let leaving = ask(["a"])
        let staying = ask(["b"])
        leaving.cancel()
        executor.run()
        #expect(await leaving.value == [nil])
        #expect(await staying.value == ["b"])
        #expect(flights.count == 0)
    }

    @Test("A load that everybody left before it began is not joined any more, and leaves nothing behind")
    func abandoned() async {
        let gone = [ask(["a"]), ask(["b"])]
        for caller in gone { caller.cancel() }
        let late = ask(["a"])
        executor.run()
        for caller in gone { #expect(await caller.value == [nil]) }
        #expect(await late.value == ["a"])
        #expect(flights.count == 0)
    }

    @Test("After the shutdown nothing is loaded, and callers learn why")
    func shutdown() async throws {
        _ = await tasks.shutdown(within: .seconds(10))
        let caller = Task { [flights] in
            await flights.answers(for: ["a"], known: [nil], isShared: true) { _ in Issue.record("a load was started") }
        }
        guard case .failure(let error) = await caller.value[0] else {
            Issue.record("an answer without a load")
            return
        }
        #expect((error as? StrataError)?.code == .shutdown)
        #expect(flights.count == 0)
    }
}
