import LoadDriver
import NIOCore
import NIOPosix

/// What the entries of a footprint measurement cost a redis-server of its own, without persistence.
struct RedisFootprint {
    let program: String
    let entries: Int

    /// Starts the server, fills it, reads everything back, and ends it.
    ///
    /// Reading back is a check, and lets the server finish growing its table, which it does bit by bit with each command.
    /// - Throws: `LevelOneError` when the server can't be started or measured, or doesn't hold what was written.
    func footprint() async throws -> Footprint {
        let server = try await PrivateRedis.start(program)
        do {
            let before = try ResidentMemory.bytes(of: server.process)
            try await exchange(.write, with: server)
            try await exchange(.read, with: server)
            let after = try ResidentMemory.bytes(of: server.process)
            await server.end()
            return Footprint(residentBytes: after - before, entries: entries)
        } catch {
            await server.end()
            throw error
        }
    }

    private func exchange(_ exchange: RedisExchange.Kind, with server: PrivateRedis) async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let loop = group.next()
        let done = loop.makePromise(of: Void.self)
        let bootstrap = ClientBootstrap(group: loop).channelInitializer { [entries] channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(RedisExchange(exchange, entries: entries, done: done))
            }
        }
        do {
            let channel = try await bootstrap.connect(unixDomainSocketPath: server.socket).get()
            let result = await done.futureResult.result()
            try? await channel.close()
            try result.get()
        } catch {
            // A second completion does nothing; without one, a promise whose connection never came about would leak.
            done.fail(error)
            throw error as? LevelOneError ?? LevelOneError("\(program): \(error)")
        }
    }
}

extension EventLoopFuture where Value: Sendable {
    fileprivate func result() async -> Result<Value, any Error> {
        do { return .success(try await get()) } catch { return .failure(error) }
    }
}
