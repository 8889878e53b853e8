package import NIOCore
import NIOPosix

/// Any server that speaks RESP: one connection per client, the clients spread over a few event loops.
package final class RESPTarget: Target {
    private let address: ServerAddress
    private let group: MultiThreadedEventLoopGroup
    private let timeout: TimeAmount

    /// - Parameters:
    ///   - threads: how many event loops drive the clients, at least 1.
    ///   - timeout: how long the server may owe an answer before the connection is given up.
    package init(address: ServerAddress, threads: Int, timeout: TimeAmount = .seconds(30)) {
        self.address = address
        self.timeout = timeout
        group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
    }

    package var name: String { address.description }

    package func run(_ plan: PhasePlan, progress: Progress) async throws -> PhaseOutcome {
        let lanes = try await makeLanes(plan, progress)
        do {
            try await connect(lanes)
            let start = NIODeadline.now()
            let runs = lanes.map { lane in lane.eventLoop.flatSubmit { lane.value.run(from: start) } }
            let outcomes = try await EventLoopFuture.whenAllSucceed(runs, on: group.any()).get()
            let tally = outcomes.reduce(into: Tally()) { $0.merge($1.tally) }
            let end = outcomes.map(\.end).max() ?? start
            return PhaseOutcome(tally: tally, elapsed: .nanoseconds((end - start).nanoseconds))
        } catch {
            let ends = lanes.map { lane in
                lane.eventLoop.submit { lane.value.fail(LoadError("the run was given up")) }
            }
            _ = try? await EventLoopFuture.whenAllComplete(ends, on: group.any()).get()
            throw error
        }
    }

    package func shutdown() async throws {
        try await group.shutdownGracefully()
    }

    private func makeLanes(_ plan: PhasePlan, _ progress: Progress) async throws -> [NIOLoopBound<RESPLane>] {
        let loops = Array(group.makeIterator())
        var lanes: [NIOLoopBound<RESPLane>] = []
        for (index, loop) in loops.enumerated() {
            let numbers = Array(stride(from: index, to: plan.clients, by: loops.count))
            let lane = loop.submit { [address, timeout] in
                NIOLoopBound(
                    RESPLane(
                        loop: loop, address: address, plan: plan, numbers: numbers, timeout: timeout,
                        progress: progress), eventLoop: loop)
            }
            lanes.append(try await lane.get())
        }
        return lanes
    }

    private func connect(_ lanes: [NIOLoopBound<RESPLane>]) async throws {
        do {
            let connections = lanes.map { lane in lane.eventLoop.flatSubmit { lane.value.connect() } }
            try await RESPLane.all(connections, on: group.any()).get()
        } catch {
            throw LoadError("cannot connect to \(address): \(LoadError.reason(of: error)); is the server running?")
        }
    }
}
