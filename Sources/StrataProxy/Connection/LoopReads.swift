import NIOCore
import StrataCore

/// The reads of an event loop's connections: what they ask for in one turn of the loop is one question to the levels, and
/// its answer is written to each of them without a task.
///
/// Where the levels can't be asked like that, each connection's reads go on in a task of its own.
///
/// `@unchecked Sendable`: touched by its event loop alone.
final class LoopReads: @unchecked Sendable {
    /// A connection's request among the reads of a turn.
    private struct Reader {
        let connection: ConnectionHandler
        let ticket: RequestWave.Ticket
        /// How many of the keys are its own; those of the readers before come first.
        let count: Int
        let render: ReadPlan.Render
    }

    /// How many keys are worth a question of their own before the turn is over.
    private static let capacity = 256

    private let cache: any ServedCache
    private let eventLoop: any EventLoop
    @exclusivity(unchecked) private var keys: [Key] = []
    @exclusivity(unchecked) private var readers: [Reader] = []
    @exclusivity(unchecked) private var isDue = false

    init(cache: any ServedCache, eventLoop: any EventLoop) {
        self.cache = cache
        self.eventLoop = eventLoop
    }

    /// Takes in a request; its connection gets the answer in any case.
    func add(_ plan: ReadPlan, _ ticket: RequestWave.Ticket, of connection: ConnectionHandler) {
        keys += plan.keys
        readers.append(
            Reader(connection: connection, ticket: ticket, count: plan.keys.count, render: plan.render))
        if keys.count >= LoopReads.capacity { return depart() }
        guard !isDue else { return }
        isDue = true
        eventLoop.execute {
            self.isDue = false
            self.depart()
        }
    }

    private func depart() {
        guard !readers.isEmpty else { return }
        var (keys, readers): ([Key], [Reader]) = ([], [])
        swap(&keys, &self.keys)
        swap(&readers, &self.readers)
        let isAsked = cache.read(keys) { [keys, readers] answers in
            if let answers { LoopReads.answer(readers, answers) } else { LoopReads.goOnInTasks(readers, keys) }
        }
        if !isAsked { LoopReads.goOnInTasks(readers, keys) }
    }

    private static func answer(_ readers: [Reader], _ answers: [Result<Entry, StrataError>]) {
        var start = 0
        for (index, reader) in readers.enumerated() {
            let end = start + reader.count
            reader.connection.take(answers[start..<end], for: reader.ticket, reader.render)
            start = end
            // A connection's requests stand together, so that each sends what it has once.
            if index + 1 == readers.count || readers[index + 1].connection !== reader.connection {
                reader.connection.finishAnswers()
            }
        }
        precondition(start == answers.count, "\(answers.count) answers for \(start) keys")
    }

    private static func goOnInTasks(_ readers: [Reader], _ keys: [Key]) {
        var (reads, start) = (RequestWave.Reads(), 0)
        for (index, reader) in readers.enumerated() {
            let end = start + reader.count
            reads.keys += keys[start..<end]
            reads.requests.append((reader.ticket, reader.count, reader.render))
            start = end
            if index + 1 == readers.count || readers[index + 1].connection !== reader.connection {
                reader.connection.goOn(with: reads)
                reads = RequestWave.Reads()
            }
        }
    }
}
