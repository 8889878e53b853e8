import Logging
import NIOCore
import StrataCore
import Synchronization

extension ConnectionHandler {
    /// Adds what has been read to the input that is left.
    func take(_ buffer: ByteBuffer) {
        if input.readableBytes == 0 {
            input = buffer
        } else {
            if input.readerIndex > 0 { input.discardReadBytes() }
            input.writeImmutableBuffer(buffer)
        }
    }

    /// Runs the requests that have come completely, until one has to wait.
    func runInput() {
        guard phase == .serving, !isRunning else { return }
        isStalled = false
        isRunning = true
        var consumed = 0
        // A reference of its own: sending may close the channel, which drops the property.
        let input = self.input
        input.withUnsafeReadableBytes { bytes in
            run: while phase == .serving {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[consumed...])
                guard !rest.isEmpty else { break }
                guard isWritable, tail.count < server.configuration.outputLimits.pauseBytes else {
                    isStalled = true
                    break
                }
                switch parser.next(in: rest) {
                case .incomplete:
                    break run
                case .nothing(let length):
                    consumed += length
                case .failure(let failure):
                    fail(failure)
                case .request(let length):
                    guard dispatch(rest) else {
                        isStalled = true
                        break run
                    }
                    consumed += length
                    requests &+= 1
                    if output.count >= outputChunkBytes {
                        flush()
                    }
                }
            }
        }
        isRunning = false
        if phase == .serving, consumed < input.readableBytes {
            self.input.moveReaderIndex(forwardBy: consumed)
        } else {
            self.input = ByteBuffer()
        }
        receivedBytes &+= consumed
        if requests &- reportedRequests >= 256 { reportStatistics() }
    }

    /// Runs the request that the parser found; false when it has to wait.
    @inline(__always)
    private func dispatch(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if parser.isInline {
            let inline = parser.inlineBytes
            return inline.withUnsafeBytes { dispatch(parser.arguments(in: bytes, inline: $0)) }
        }
        return dispatch(parser.arguments(in: bytes, inline: UnsafeRawBufferPointer(start: nil, count: 0)))
    }

    private func dispatch(_ arguments: Arguments) -> Bool {
        let name = CommandName(arguments[0])
        if let name, let command = MemoryCommand(name), session.isAuthenticated,
            session.user?.mayReadEverything ?? true, answerFromMemory(command, arguments)
        {
            return true
        }
        do throws(CommandError) {
            guard let command = name.flatMap({ server.table.find($0) }) else {
                throw .unknownCommand(arguments)
            }
            guard command.accepts(count: arguments.count) else { throw .arity(command.name) }
            if !session.isAuthenticated, !command.flags.contains(.noAuthentication) { throw .noAuthentication }
            if command.flags.contains(.alone), !pipeline.isIdle { return false }
            if let user = session.user, !user.isUnrestricted { try user.authorize(command, arguments) }
            return try run(Request(command: command, arguments: arguments, session: session, server: server))
        } catch {
            withReply { $0.error(error.text) }
            return true
        }
    }

    private func run(_ request: Request) throws(CommandError) -> Bool {
        let wasAuthenticated = session.isAuthenticated
        let plan =
            pipeline.isIdle
            ? try request.command.run(request, &output) : try request.command.run(request, &tail)
        switch plan {
        case .answered:
            if request.command.flags.contains(.alone) { sessionChanged(wasAuthenticated: wasAuthenticated) }
            return true
        case .answeredLast:
            phase = .finishing
            return true
        case .read(let plan):
            guard let ticket = place(.reading(plan.keys), request) else { return false }
            if plan.freshness == .cached {
                awaitedReads += 1
                loop.reads.add(plan, ticket, of: self)
            } else {
                wave.strong.add(plan, ticket)
            }
        case .write(let plan):
            guard let ticket = place(.writing(plan.mutations.map(\.key)), request) else { return false }
            wave.add(plan, ticket)
        case .perform(let plan):
            guard let ticket = place(plan.keys.map { .exchanging($0) } ?? .everything, request) else { return false }
            wave.others.append((ticket, plan.run))
        }
        return true
    }

    /// A place for a request's reply; nil when the request has to wait.
    private func place(_ access: RequestAccess, _ request: Request) -> RequestPipeline<PendingReply>.Ticket? {
        guard pipeline.admits(access) else { return nil }
        if tail.count > 0 {
            pipeline.append(.bytes(tail.buffer))
            tail.buffer = ByteBuffer()
        }
        return pipeline.begin(access, bytes: request.arguments.byteCount)
    }

    /// The writer of a reply that is known now.
    func withReply(_ body: (inout ReplyWriter) -> Void) {
        if pipeline.isIdle { body(&output) } else { body(&tail) }
    }

    private func sessionChanged(wasAuthenticated: Bool) {
        output.version = session.version
        tail.version = session.version
        guard session.isAuthenticated != wasAuthenticated else { return }
        parser.isAuthenticated = session.isAuthenticated
        parser.limits = session.isAuthenticated ? server.configuration.limits : .unauthenticated
        setWaterMark()
    }

    private func fail(_ failure: ProtocolFailure) {
        server.statistics.protocolErrors.wrappingAdd(1, ordering: .relaxed)
        if failure == .http {
            logger.warning(
                "an HTTP request came to the port of Redis clients", metadata: ["client": "\(session.address)"])
        }
        if let reply = failure.reply { withReply { $0.error(reply) } }
        phase = .finishing
    }
}
