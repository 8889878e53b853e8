import StrataCore

extension ConnectionHandler {
    /// Answers a request from level 1; false when it doesn't know all that is asked, and nothing has been written then.
    @inline(__always)
    func answerFromMemory(_ command: MemoryCommand, _ arguments: Arguments) -> Bool {
        switch command {
        case .get:
            guard arguments.count == 2, admitsImmediateRead(arguments[1]) else { return false }
            return pipeline.isIdle ? writeValue(arguments[1], to: &output) : writeValue(arguments[1], to: &tail)
        case .strlen:
            guard arguments.count == 2, admitsImmediateRead(arguments[1]) else { return false }
            guard let length = length(of: arguments[1]) else { return false }
            withReply { $0.integer(max(0, length)) }
            return true
        case .mget:
            return answerMany(arguments)
        case .exists:
            return answerExists(arguments)
        }
    }

    /// Every key is looked up, also after the first that level 1 does not have: each one counts as a hit or a miss.
    private func answerMany(_ arguments: Arguments) -> Bool {
        guard arguments.count > 1, admitsImmediateReads(arguments) else { return false }
        var isComplete = true
        withReply { reply in
            let start = reply.count
            reply.array(arguments.count - 1)
            for index in 1..<arguments.count {
                if isComplete {
                    isComplete = writeValue(arguments[index], to: &reply)
                } else {
                    _ = length(of: arguments[index])
                }
            }
            if !isComplete { reply.truncate(to: start) }
        }
        return isComplete
    }

    private func answerExists(_ arguments: Arguments) -> Bool {
        guard arguments.count > 1, admitsImmediateReads(arguments) else { return false }
        var (present, isComplete) = (0, true)
        for index in 1..<arguments.count {
            switch length(of: arguments[index]) {
            case let length?: present += length >= 0 ? 1 : 0
            case nil: isComplete = false
            }
        }
        if isComplete { withReply { $0.integer(present) } }
        return isComplete
    }

    @inline(__always)
    private func admitsImmediateRead(_ key: UnsafeRawBufferPointer) -> Bool {
        pipeline.isIdle || pipeline.admitsImmediateRead(of: Key(key))
    }

    private func admitsImmediateReads(_ arguments: Arguments) -> Bool {
        pipeline.isIdle || (1..<arguments.count).allSatisfy { pipeline.admitsImmediateRead(of: Key(arguments[$0])) }
    }

    /// Writes what level 1 knows of a key; false, and nothing written, when it knows nothing.
    @inline(__always)
    private func writeValue(_ key: UnsafeRawBufferPointer, to reply: inout ReplyWriter) -> Bool {
        memory.withBytes(key) { lookup in
            switch lookup {
            case .hit(let bytes): reply.bulk(bytes)
            case .absent: reply.null()
            case .miss: return false
            }
            return true
        }
    }

    /// The length of a key's value, -1 of one known to be absent; nil when level 1 knows nothing.
    private func length(of key: UnsafeRawBufferPointer) -> Int? {
        memory.withBytes(key) { lookup in
            switch lookup {
            case .hit(let bytes): bytes.count
            case .absent: -1
            case .miss: nil
            }
        }
    }
}
