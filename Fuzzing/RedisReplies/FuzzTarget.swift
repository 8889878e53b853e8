import CLibFuzzer

/// What the executable does: SwiftPM calls an executable target's entry point so, and libFuzzer has options of its own.
@_cdecl("RedisReplyFuzzer_main")
func fuzz(count: Int32, arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> Int32 {
    var (count, arguments) = (count, arguments)
    return LLVMFuzzerRunDriver(&count, &arguments) { examineInput($0, $1) }
}

/// What libFuzzer calls; it has a `main` of its own as well, which asks for it by this name.
@_cdecl("LLVMFuzzerTestOneInput")
func examineInput(_ bytes: UnsafePointer<UInt8>?, _ length: Int) -> Int32 {
    examine(UnsafeRawBufferPointer(start: bytes, count: length))
    return 0
}

/// Checks everything on what a server would send; what does not hold traps.
private func examine(_ bytes: UnsafeRawBufferPointer) {
    for limits in FuzzedLimits.all {
        let whole = Reading(of: bytes, in: Portions.whole, limits: limits)
        for portions in [Portions.singleBytes, .random(seed: Portions.seed(of: bytes))] {
            let reading = Reading(of: bytes, in: portions, limits: limits)
            precondition(reading == whole, "portions make a difference: \(reading) instead of \(whole)")
        }
        whole.checkAgain()
        for reply in whole.replies { interpret(reply) }
        Conversation.check(whole)
    }
}

/// Gives a reply to all that reads more in replies of a server than the answer to a caller's command.
private func interpret(_ reply: RedisReply) {
    let sender = RedisURL.Address.tcp(host: "127.0.0.1", port: 6379)
    _ = reply.timeMilliseconds
    _ = try? reply.successful()
    _ = try? RedisSentinelAnswer(reply, master: "main")
    switch reply {
    case .error(let text): _ = RedisRedirect(text, from: sender)
    case .bulk(let bytes):
        if let events = RedisLogPayload.events(in: bytes), !events.isEmpty {
            // A tag's bytes may be repaired, so that they are more; everything else is what was written.
            let again = RedisLogPayload.encoded(events).compactMap(RedisLogPayload.events).flatMap { $0 }
            precondition(again == events, "events read again differ: \(again) instead of \(events)")
        }
    case .array(let elements) where !elements.isEmpty: _ = try? RedisSlotMap(reply, from: sender)
    default: break
    }
}
