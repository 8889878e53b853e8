/// Finds the requests in a connection's input, in place.
///
/// The parser keeps where it stands inside a request that has not arrived completely, so that no byte is looked at twice
/// however finely the input is sliced, and it allocates nothing by what a client declares: ranges are kept only of
/// arguments that are there. Source: Redis serialization protocol specification; limits as Redis 7.0 has them.
///
/// Invariant: between calls, `position` and the ranges count from the first byte of the request under way, and the caller
/// passes bytes that start there.
struct RequestParser: ~Copyable {
    enum Step {
        /// The request under way needs more bytes.
        case incomplete
        /// This many bytes were no request (an empty line, an empty array).
        case nothing(length: Int)
        /// A request of this many bytes, whose arguments `arguments(in:)` gives.
        case request(length: Int)
        case failure(ProtocolFailure)
    }

    var limits: RequestLimits
    /// Whether the limits are those before authentication, which have error texts of their own.
    var isAuthenticated: Bool

    var list = ArgumentList()
    /// The unescaped arguments of an inline request, to which its ranges refer.
    var inlineBytes: [UInt8] = []
    var isInline = false
    /// How far the request under way has been read.
    var position = 0
    /// How many arguments are still to come; -1 before the array's header.
    private var remaining = -1
    /// The length of the argument under way; -1 before its header.
    private var bulkLength = -1

    init(limits: RequestLimits, isAuthenticated: Bool) {
        self.limits = limits
        self.isAuthenticated = isAuthenticated
    }

    /// Looks for the next request.
    ///
    /// - Parameter bytes: the input from the first byte of the request under way.
    /// - Complexity: O(arguments that are new), but for inline requests, which are O(bytes).
    mutating func next(in bytes: UnsafeRawBufferPointer) -> Step {
        if position == 0 {
            list.removeAll()
            isInline = false
            guard let first = bytes.first else { return .incomplete }
            if first != UInt8(ascii: "*") { isInline = true }
        }
        let step = isInline ? nextInline(in: bytes) : nextArray(in: bytes)
        switch step {
        case .incomplete:
            if bytes.count > limits.maximumRequestBytes { return .failure(.requestTooLong) }
        case .nothing, .request, .failure:
            restart()
        }
        return step
    }

    /// Forgets what is known of the request under way, which the next call reads from its start.
    mutating func restart() {
        position = 0
        remaining = -1
        bulkLength = -1
    }

    /// The arguments of the request that `next(in:)` found last, in the same bytes.
    func arguments(in bytes: UnsafeRawBufferPointer, inline: UnsafeRawBufferPointer) -> Arguments {
        let base = isInline ? inline.baseAddress : bytes.baseAddress
        return Arguments(base: base ?? UnsafeRawPointer(list.start), ranges: list.start, count: list.count)
    }

    private mutating func nextArray(in bytes: UnsafeRawBufferPointer) -> Step {
        if remaining < 0 {
            switch header(in: bytes, after: 1) {
            case .incomplete: return .incomplete
            case .invalid: return .failure(.multibulkLength)
            case .value(let count, let end):
                guard isAuthenticated || count <= limits.maximumElements else {
                    return .failure(.unauthenticatedMultibulkLength)
                }
                guard count <= limits.maximumElements else { return .failure(.multibulkLength) }
                guard count > 0 else { return .nothing(length: end) }
                (remaining, position) = (count, end)
            }
        }
        while remaining > 0 {
            if bulkLength < 0 {
                guard position < bytes.count else { return .incomplete }
                guard bytes[position] == UInt8(ascii: "$") else { return .failure(.expectedBulk(bytes[position])) }
                switch header(in: bytes, after: position + 1) {
                case .incomplete: return .incomplete
                case .invalid: return .failure(.bulkLength)
                case .value(let length, let end):
                    guard length >= 0 else { return .failure(.bulkLength) }
                    guard isAuthenticated || length <= limits.maximumBulkBytes else {
                        return .failure(.unauthenticatedBulkLength)
                    }
                    guard length <= limits.maximumBulkBytes else { return .failure(.bulkLength) }
                    guard end + length + 2 <= limits.maximumRequestBytes else { return .failure(.requestTooLong) }
                    (bulkLength, position) = (length, end)
                }
            }
            let end = position + bulkLength
            guard end + 2 <= bytes.count else { return .incomplete }
            guard bytes[end] == UInt8(ascii: "\r"), bytes[end + 1] == UInt8(ascii: "\n") else {
                return .failure(.missingLineEnd)
            }
            list.append(
                ArgumentRange(
                    offset: UInt32(truncatingIfNeeded: position), length: UInt32(truncatingIfNeeded: bulkLength)))
            position = end + 2
            bulkLength = -1
            remaining -= 1
        }
        return .request(length: position)
    }

    private enum Header {
        case incomplete
        case invalid
        case value(Int, end: Int)
    }

    /// Reads an integer and its line end. No valid one is longer than 20 digits, so a longer line is refused early.
    @inline(__always)
    private func header(in bytes: UnsafeRawBufferPointer, after start: Int) -> Header {
        var index = start
        var number = 0
        while index < bytes.count {
            let digit = bytes[index] &- UInt8(ascii: "0")
            if digit < 10 {
                guard index - start < 18 else { return .invalid }
                number = number &* 10 &+ Int(digit)
                index += 1
                continue
            }
            guard bytes[index] == UInt8(ascii: "\r") else { return negativeHeader(in: bytes, after: start) }
            guard index > start else { return .invalid }
            guard index + 1 < bytes.count else { return .incomplete }
            guard bytes[index + 1] == UInt8(ascii: "\n") else { return .invalid }
            return .value(number, end: index + 2)
        }
        return .incomplete
    }

    @inline(never)
    private func negativeHeader(in bytes: UnsafeRawBufferPointer, after start: Int) -> Header {
        let line = bytes[start..<min(bytes.count, start + DecimalDigits.maximumLength + 2)]
        guard line.first == UInt8(ascii: "-") else { return .invalid }
        guard let end = line.firstIndex(of: UInt8(ascii: "\r")) else {
            return line.count > DecimalDigits.maximumLength ? .invalid : .incomplete
        }
        guard let number = DecimalDigits.parse(UnsafeRawBufferPointer(rebasing: bytes[start..<end])) else {
            return .invalid
        }
        guard end + 1 < bytes.count else { return .incomplete }
        return bytes[end + 1] == UInt8(ascii: "\n") ? .value(Int(number), end: end + 2) : .invalid
    }
}
