import NIOCore
import StrataCore

extension ConnectionHandler {
    /// Sends out the requests that were collected, one task for each kind of call.
    func startWave() {
        guard !wave.isEmpty, let context else { return }
        let wave = self.wave
        self.wave = RequestWave()
        pipeline.startWave()
        let cache = self.cache
        if !wave.strong.requests.isEmpty {
            start(on: context.eventLoop) { [reads = wave.strong] in
                reads.replies(await cache.read(reads.keys, freshness: .strong))
            }
        }
        if !wave.writes.requests.isEmpty {
            start(on: context.eventLoop) { wave.writes.replies(await cache.apply(wave.writes.mutations)) }
        }
        for (ticket, run) in wave.others {
            start(on: context.eventLoop) { [(ticket, .rendering(await run(cache)))] }
        }
    }

    /// Takes in the answers to a request that needed no task; `finishAnswers()` has to follow.
    func take(_ answers: ReadPlan.Answers, for ticket: RequestWave.Ticket, _ render: @escaping ReadPlan.Render) {
        awaitedReads -= 1
        guard phase != .closed else { return }
        // What is much is written by `writeReadyReplies`, which sends it in pieces.
        if output.count < outputChunkBytes, pipeline.answerNext(ticket) {
            render(answers, &output)
        } else {
            pipeline.answer(ticket, .read(answers, render))
        }
    }

    /// Sends what can be sent by now.
    func finishAnswers() {
        guard phase != .closed else { return endIfIdle() }
        writeReadyReplies()
        resume()
    }

    /// Asks the levels for reads in a task, because they take one.
    func goOn(with reads: RequestWave.Reads) {
        awaitedReads -= reads.requests.count
        guard phase != .closed, let context else { return endIfIdle() }
        start(on: context.eventLoop) { [cache] in
            reads.replies(await cache.read(reads.keys, freshness: .cached))
        }
    }

    private func start(
        on eventLoop: any EventLoop,
        _ work: @escaping @Sendable () async -> sending [(ticket: RequestWave.Ticket, reply: PendingReply)]
    ) {
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let number = nextTask
        nextTask += 1
        tasks[number] = Task(executorPreference: loop.executor) {
            let replies = await work()
            if eventLoop.inEventLoop {
                bound.value.finish(task: number, replies)
            } else {
                eventLoop.execute { bound.value.finish(task: number, replies) }
            }
        }
    }

    private func finish(task number: UInt64, _ replies: [(ticket: RequestWave.Ticket, reply: PendingReply)]) {
        tasks[number] = nil
        guard phase != .closed else { return endIfIdle() }
        for (ticket, reply) in replies { pipeline.answer(ticket, reply) }
        writeReadyReplies()
        resume()
    }

    /// Goes on with input that had to wait, and sends what is known.
    func resume() {
        guard !isRunning else { return }
        if isStalled {
            runInput()
            startWave()
        }
        flush()
        guard !isStalled else { return }
        if isDraining { return finish() }
        if isReadHeld, phase == .serving {
            isReadHeld = false
            context?.read()
        }
    }

    /// Writes the replies whose turn has come.
    private func writeReadyReplies() {
        while let reply = pipeline.nextReply() {
            reply.render(to: &output)
            if output.count >= outputChunkBytes { flush() }
        }
        if pipeline.isIdle, tail.count > 0 {
            output.append(tail.buffer)
            tail.buffer = ByteBuffer()
        }
    }
}
