import CHiredis
import StrataCore

/// Parses what Redis sends: hiredis' reader, with functions of ours that make the replies.
///
/// Only the documented interface of hiredis is used, in a form that compiles with 0.14 and with 1.x, whose structures have
/// more fields and whose `createArray` takes another integer type. RESP2 only: a type of RESP3 is an error in both.
final class RedisReplyReader {
    /// hiredis moves the unread rest of its buffer after every kilobyte it has read, so it gets short replies in portions
    /// of that size, and larger ones while a long reply comes, which it reads at once.
    private static let (smallPortion, largePortion) = (1 << 10, 16 << 10)

    /// Unchecked: touched once per piece of a reply, by functions that hiredis calls one after the other.
    @exclusivity(unchecked) private var builder: RedisReplyBuilder
    private let reader: UnsafeMutablePointer<redisReader>
    private let functions: UnsafeMutablePointer<redisReplyObjectFunctions>
    private let limits: RedisReplyLimits
    /// The bytes that have come since the last complete reply.
    private var bytesOfReply = 0
    /// What was wrong with the bytes: from then on nothing can be read.
    private var failure: StrataError?

    init(limits: RedisReplyLimits) {
        self.limits = limits
        builder = RedisReplyBuilder(limits: limits)
        functions = .allocate(capacity: 1)
        functions.initialize(to: RedisReplyReader.objectFunctions())
        guard let reader = redisReaderCreateWithFunctions(functions) else { fatalError("out of memory") }
        self.reader = reader
        reader.pointee.maxbuf = 4 * RedisReplyReader.largePortion
        reader.pointee.privdata = Unmanaged.passUnretained(self).toOpaque()
    }

    deinit {
        redisReaderFree(reader)
        functions.deinitialize(count: 1)
        functions.deallocate()
    }

    /// Takes in bytes and hands out each reply they complete.
    ///
    /// What comes out does not depend on the portions in which the bytes come.
    /// - Throws: `corrupt` when the bytes are no replies or exceed a limit; it is thrown again ever after.
    func read(_ bytes: UnsafeRawBufferPointer, _ body: (RedisReply) throws(StrataError) -> Void) throws(StrataError) {
        if let failure { throw failure }
        do throws(StrataError) {
            try parse(bytes, body)
        } catch {
            failure = error
            throw error
        }
    }

    private func parse(
        _ bytes: UnsafeRawBufferPointer, _ body: (RedisReply) throws(StrataError) -> Void
    ) throws(StrataError) {
        var start = 0
        while start < bytes.count {
            let isLong = bytesOfReply >= RedisReplyReader.smallPortion
            let most = isLong ? RedisReplyReader.largePortion : RedisReplyReader.smallPortion
            let count = min(most, bytes.count - start)
            let portion = UnsafeRawBufferPointer(rebasing: bytes[start..<(start + count)])
            start += count
            bytesOfReply += count
            redisReaderFeed(reader, portion.bindMemory(to: CChar.self).baseAddress, count)
            while let reply = try next() {
                // What follows the reply in this portion belongs to the next one.
                let rest = unread.count
                try check(bytesOfReply - rest)
                bytesOfReply = rest
                try body(reply)
            }
            if let violation = limits.violation(ofUnfinished: unread) { throw RedisReplyReader.invalid(violation) }
            try check(bytesOfReply)
        }
    }

    private func check(_ bytesOfReply: Int) throws(StrataError) {
        guard bytesOfReply <= limits.maximumBytes else {
            throw RedisReplyReader.invalid("a reply of more than \(limits.maximumBytes) bytes")
        }
    }

    private func next() throws(StrataError) -> RedisReply? {
        var object: UnsafeMutableRawPointer?
        guard redisReaderGetReply(reader, &object) == REDIS_OK else {
            throw RedisReplyReader.invalid(builder.violation ?? errorText)
        }
        guard object != nil else { return nil }
        // hiredis 1.x answers types of RESP3 without asking the functions that make replies.
        guard let reply = builder.take() else { throw RedisReplyReader.invalid("a type that RESP2 does not have") }
        return reply
    }

    /// What hiredis keeps of an item that is not complete.
    private var unread: UnsafeRawBufferPointer {
        guard let buffer = reader.pointee.buf, reader.pointee.len > reader.pointee.pos else {
            return UnsafeRawBufferPointer(start: nil, count: 0)
        }
        return UnsafeRawBufferPointer(
            start: buffer + Int(reader.pointee.pos), count: Int(reader.pointee.len - reader.pointee.pos))
    }

    private var errorText: String {
        withUnsafeBytes(of: &reader.pointee.errstr) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    private static func invalid(_ reason: String) -> StrataError {
        // The first byte of an alert: what a server that speaks TLS answers to one that does not.
        reason.contains(#""\x15""#)
            ? StrataError(.corrupt, "the server speaks TLS on this port; its URL begins with rediss://")
            : StrataError(
                .corrupt, "the server's bytes are no Redis reply (\(reason)); is something else on this port?")
    }

    /// What hiredis gets instead of an object: the replies are in the builder.
    private static var placeholder: UnsafeMutableRawPointer? { UnsafeMutableRawPointer(bitPattern: 1) }

    private static func objectFunctions() -> redisReplyObjectFunctions {
        // Fields that only hiredis 1.x has stay null, which its documentation allows.
        var functions = redisReplyObjectFunctions()
        functions.createString = { task, text, length in
            guard let task, let reader = RedisReplyReader.of(task),
                reader.builder.accepts(length, isBulk: task.pointee.type == REDIS_REPLY_STRING)
            else { return nil }
            let bytes = UnsafeRawBufferPointer(start: text, count: length)
            switch task.pointee.type {
            case REDIS_REPLY_STRING: reader.builder.add(.bulk(Array(bytes)))
            case REDIS_REPLY_STATUS: reader.builder.add(.status(String(decoding: bytes, as: UTF8.self)))
            case REDIS_REPLY_ERROR: reader.builder.add(.error(String(decoding: bytes, as: UTF8.self)))
            default: return nil
            }
            return RedisReplyReader.placeholder
        }
        functions.createArray = { task, count in
            guard let task, task.pointee.type == REDIS_REPLY_ARRAY, let reader = RedisReplyReader.of(task),
                reader.builder.beginArray(of: Int(count))
            else { return nil }
            return RedisReplyReader.placeholder
        }
        functions.createInteger = { task, number in
            guard let task, let reader = RedisReplyReader.of(task) else { return nil }
            reader.builder.add(.integer(Int64(number)))
            return RedisReplyReader.placeholder
        }
        functions.createNil = { task in
            guard let task, let reader = RedisReplyReader.of(task) else { return nil }
            reader.builder.add(.null)
            return RedisReplyReader.placeholder
        }
        functions.freeObject = { _ in }
        return functions
    }

    /// The reader that a task belongs to; it is alive, because it is what called hiredis.
    private static func of(_ task: UnsafePointer<redisReadTask>) -> RedisReplyReader? {
        task.pointee.privdata.map { Unmanaged<RedisReplyReader>.fromOpaque($0).takeUnretainedValue() }
    }
}
