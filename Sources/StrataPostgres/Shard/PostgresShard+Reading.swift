public import StrataCore
import StrataResilience

extension PostgresShard {
    public func read(_ keys: [Key], context: StoreContext) async -> [Result<Entry, StrataError>] {
        guard !keys.isEmpty else { return [] }
        guard context.deadline > .now else { return keys.map { _ in .failure(lateError) } }
        if keys.count <= ReadRequest.keyLimit, keys.allSatisfy({ $0.bytes.count <= Key.maximumLength }) {
            return await readChunk(keys, context: context)
        }
        var results: [Result<Entry, StrataError>] = keys.map { .failure(tooLong($0)) }
        let valid = keys.indices.filter { keys[$0].bytes.count <= Key.maximumLength }
        for start in stride(from: 0, to: valid.count, by: ReadRequest.keyLimit) {
            let chunk = valid[start..<min(start + ReadRequest.keyLimit, valid.count)]
            let answers = await readChunk(chunk.map { keys[$0] }, context: context)
            for (index, answer) in zip(chunk, answers) { results[index] = answer }
        }
        return results
    }

    private nonisolated(nonsending) func readChunk(
        _ keys: [Key], context: StoreContext
    ) async -> [Result<Entry, StrataError>] {
        let request = ReadRequest(keys, epoch: context.epoch, shard: name, deadline: context.deadline)
        do {
            return try await answer(of: request, request.completion)
        } catch {
            return keys.map { _ in .failure(error) }
        }
    }

    public func scan(
        from start: KeyPosition, count: Int, context: StoreContext
    ) async throws(StrataError) -> ScanPage {
        guard (1...10_000).contains(count) else {
            throw StrataError(.invalidArgument, "a page has 1 to 10,000 keys, not \(count)")
        }
        var list = ParameterList()
        list.append(Int64(clamping: start.rawValue))
        list.append(Int32(count))
        let keys = try await run(.scan, list, isRepeatable: true, context: context) { result in
            (0..<result.rowCount).map { row in
                (
                    key: Key(result.cell(row, 0)), position: result.integer(row, 1) ?? 0 as Int64,
                    type: EntryType(rawValue: UInt8(truncatingIfNeeded: result.integer(row, 2, as: Int16.self) ?? 0))
                )
            }
        }
        let last = keys.last.map { KeyPosition(rawValue: UInt64(bitPattern: $0.position)) }
        return ScanPage(keys: keys.map { ($0.key, $0.type) }, next: keys.count < count ? nil : last?.next)
    }

    public func count(context: StoreContext) async throws(StrataError) -> Int {
        try checkDeadline(context)
        // It takes as long as there are keys, so it must not hold up a pipeline.
        return try await sessions.withSession(deadline: context.deadline) { session throws(StrataError) in
            try await session.run("SELECT strata.count()", deadline: context.deadline) { result in
                Int(result.integer(0, 0) ?? 0 as Int64)
            }
        }
    }

    public func health(context: StoreContext) async -> [ServerHealth] {
        let health = await ServerHealth.of(name) { () throws(StrataError) in
            let isStandby = try await run(.health, ParameterList(), isRepeatable: true, context: context) { result in
                result.bool(0, 0)
            }
            guard isStandby else { return }
            throw StrataError(.unavailable, "the server is a standby and takes no writes", origin: name)
        }
        return [health]
    }

    /// Runs one statement of the store on a shared connection.
    func run<Output: Sendable>(
        _ statement: StoreStatement, _ list: ParameterList, isRepeatable: Bool, context: StoreContext,
        decode: @escaping @Sendable (ServerResult) throws(StrataError) -> Output
    ) async throws(StrataError) -> Output {
        try checkDeadline(context)
        let request = SingleRequest(
            statement, list, isRepeatable: isRepeatable, deadline: context.deadline, decode: decode)
        return try await answer(of: request, request.completion)
    }

    /// Submits a request and waits for its answer, unless the circuit is open.
    nonisolated(nonsending) func answer<Output: Sendable>(
        of request: Request, _ completion: Completion<Output>
    ) async throws(StrataError) -> Output {
        // As `circuit.call` does, without a closure that the compiler can't look into.
        let ticket = try circuit.admit()
        pool.submit(request)
        do throws(StrataError) {
            let output = try await completion.value()
            circuit.finish(ticket, nil)
            return output
        } catch {
            circuit.finish(ticket, error)
            throw error
        }
    }

    func checkDeadline(_ context: StoreContext) throws(StrataError) {
        guard context.deadline > .now else { throw lateError }
    }

    var lateError: StrataError {
        StrataError(.timeout, "the time allowed was over before the request began", origin: name)
    }

    func tooLong(_ key: Key) -> StrataError {
        StrataError(
            .invalidArgument, "the key \(key) has \(key.bytes.count) bytes; \(Key.maximumLength) is the most")
    }
}
