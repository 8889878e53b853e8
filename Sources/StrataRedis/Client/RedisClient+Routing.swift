import StrataCore

extension RedisClient {
    /// The most servers that one command is sent to, one after the other, without a pause.
    private static let redirects = 8
    /// The most pauses of one command, its deadline aside.
    private static let pauses = 64

    /// Sends commands that each have a place of their own, to each server in one round trip, and hands over the answers.
    ///
    /// - Parameters:
    ///   - places: where the keys of each command lie; not asked where there is one server.
    ///   - take: gets each answer once, with the number of its command.
    func send(
        _ commands: [RedisCommand], at places: @autoclosure () -> [RedisPlace], deadline: ContinuousClock.Instant,
        _ take: (Int, Result<RedisReply, StrataError>) -> Void
    ) async {
        await handOver(commands.count, take) { node throws(StrataError) in
            try await node.send(commands, deadline: deadline)
        } ofSeveral: {
            await route(commands, at: places(), deadline: deadline)
        }
    }

    /// Runs scripts, each at the place of its first key, and hands over the answers.
    func evaluate(
        _ calls: [RedisScriptCall], deadline: ContinuousClock.Instant,
        _ take: (Int, Result<RedisReply, StrataError>) -> Void
    ) async {
        await handOver(calls.count, take) { node throws(StrataError) in
            try await node.evaluate(calls, deadline: deadline)
        } ofSeveral: {
            await route(calls, at: calls.map { place(of: $0.keys[0]) }, deadline: deadline)
        }
    }

    /// Hands over the answers of the one server there is, or of the servers of several places.
    private func handOver(
        _ count: Int, _ take: (Int, Result<RedisReply, StrataError>) -> Void,
        ofOne: (RedisNode) async throws(StrataError) -> [RedisReply],
        ofSeveral: () async -> [Result<RedisReply, StrataError>]
    ) async {
        guard let single else {
            for (index, result) in await ofSeveral().enumerated() { take(index, result) }
            return
        }
        do throws(StrataError) {
            for (index, reply) in try await ofOne(single).enumerated() { take(index, .success(reply)) }
        } catch {
            for index in 0..<count { take(index, .failure(error)) }
        }
    }

    /// Sends scripts by their digests, and those that a server does not know once more with their sources.
    func route(
        _ calls: [RedisScriptCall], at places: [RedisPlace], deadline: ContinuousClock.Instant
    ) async -> [Result<RedisReply, StrataError>] {
        var results = await route(calls.map(\.byDigest), at: places, deadline: deadline)
        let unknown = results.indices.filter {
            if case .success(let reply) = results[$0] { reply.isMissingScript } else { false }
        }
        guard !unknown.isEmpty else { return results }
        let again = await route(unknown.map { calls[$0].bySource }, at: unknown.map { places[$0] }, deadline: deadline)
        for (index, result) in zip(unknown, again) { results[index] = result }
        return results
    }

    /// Sends commands to the servers that have their places, and those again that were sent to a wrong one.
    ///
    /// Only what a server refused to run is sent again: nothing runs twice.
    /// - Returns: one result per command, in their order; a server's failure concerns its commands only.
    func route(
        _ commands: [RedisCommand], at places: [RedisPlace], deadline: ContinuousClock.Instant
    ) async -> [Result<RedisReply, StrataError>] {
        var results = [Result<RedisReply, StrataError>](repeating: .failure(.callerCancelled), count: commands.count)
        var open = Array(commands.indices)
        var detours: [Int: RedisDetour] = [:]
        var backoff = Backoff(first: .milliseconds(5), last: .milliseconds(200))
        var (redirects, pauses) = (0, 0)
        while !open.isEmpty {
            var batches: [RedisBatch] = []
            var order: [RedisBatch.Identity: Int] = [:]
            for index in open {
                do throws(StrataError) {
                    let detour: RedisDetour
                    if let other = detours.removeValue(forKey: index) {
                        detour = other
                    } else {
                        let node = try await topology.node(at: places[index], deadline: deadline)
                        detour = RedisDetour(node: node, isAsking: false)
                    }
                    let identity = RedisBatch.Identity(node: ObjectIdentifier(detour.node), isAsking: detour.isAsking)
                    let number = order[identity] ?? batches.count
                    if number == batches.count {
                        order[identity] = number
                        batches.append(RedisBatch(detour: detour))
                    }
                    batches[number].add(commands[index], number: index)
                } catch {
                    results[index] = .failure(error)
                }
            }
            var isPauseDue = false
            open = []
            for (batch, answers) in await RedisBatch.send(batches, deadline: deadline) {
                for (index, answer) in zip(batch.numbers, answers) {
                    results[index] = answer
                    switch topology.verdict(on: answer, to: places[index], from: batch.detour.node) {
                    case .final: continue
                    case .again: break
                    case .elsewhere(let detour): detours[index] = detour
                    case .later: isPauseDue = true
                    }
                    open.append(index)
                }
            }
            guard !open.isEmpty else { break }
            if isPauseDue {
                pauses += 1
                let due = ContinuousClock.now + backoff.next()
                guard pauses <= RedisClient.pauses, due < deadline, (try? await Task.sleep(until: due)) != nil else {
                    break
                }
            } else {
                redirects += 1
                guard redirects <= RedisClient.redirects else { break }
            }
        }
        for index in open {
            if case .success(.error(let text)) = results[index] {
                results[index] = .failure(
                    StrataError(
                        .unavailable,
                        "no server took the command for \(places[index]) in time: the last one answered \(text)",
                        origin: origin))
            }
        }
        return results
    }
}

/// Commands that go to one server in one round trip.
struct RedisBatch: Sendable {
    struct Identity: Hashable {
        var node: ObjectIdentifier
        var isAsking: Bool
    }

    let detour: RedisDetour
    private(set) var commands: [RedisCommand] = []
    /// Which of the caller's commands they are.
    private(set) var numbers: [Int] = []

    init(detour: RedisDetour) {
        self.detour = detour
    }

    mutating func add(_ command: RedisCommand, number: Int) {
        if detour.isAsking { commands.append(RedisCommand("ASKING")) }
        commands.append(command)
        numbers.append(number)
    }

    /// Sends batches at the same time; the answers come in any order of the batches.
    static func send(
        _ batches: [RedisBatch], deadline: ContinuousClock.Instant
    ) async -> [(RedisBatch, [Result<RedisReply, StrataError>])] {
        if batches.count == 1 { return [(batches[0], await batches[0].send(deadline: deadline))] }
        return await withTaskGroup(of: (RedisBatch, [Result<RedisReply, StrataError>]).self) { tasks in
            for batch in batches { tasks.addTask { (batch, await batch.send(deadline: deadline)) } }
            return await tasks.reduce(into: []) { $0.append($1) }
        }
    }

    private func send(deadline: ContinuousClock.Instant) async -> [Result<RedisReply, StrataError>] {
        do throws(StrataError) {
            if commands.count == 1 { return [.success(try await detour.node.send(commands[0], deadline: deadline))] }
            let replies = try await detour.node.send(commands, deadline: deadline)
            // The answer to each ASKING comes before the one to its command.
            let step = detour.isAsking ? 2 : 1
            return stride(from: step - 1, to: replies.count, by: step).map { .success(replies[$0]) }
        } catch {
            return numbers.map { _ in .failure(error) }
        }
    }
}
