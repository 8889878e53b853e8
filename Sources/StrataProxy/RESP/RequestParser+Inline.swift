extension RequestParser {
    /// Reads a request that is a line of words, as people type them into a terminal.
    ///
    /// Words are split at spaces; one in double quotes knows `\n \r \t \a \b \xHH \" \\`, one in single quotes `\'` only.
    mutating func nextInline(in bytes: UnsafeRawBufferPointer) -> Step {
        guard let lineEnd = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) else {
            position = bytes.count
            return bytes.count > limits.maximumInlineBytes ? .failure(.inlineTooLong) : .incomplete
        }
        guard lineEnd <= limits.maximumInlineBytes else { return .failure(.inlineTooLong) }
        var line = bytes[0..<lineEnd]
        if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
        if RequestParser.isHTTP(line) { return .failure(.http) }
        inlineBytes.removeAll(keepingCapacity: inlineBytes.capacity <= 4096)
        guard splitWords(of: line) else { return .failure(.unbalancedQuotes) }
        guard list.count <= limits.maximumElements else { return .failure(.multibulkLength) }
        return list.count == 0 ? .nothing(length: lineEnd + 1) : .request(length: lineEnd + 1)
    }

    /// Whether a line starts as HTTP requests and their headers do. Redis refuses `POST` and `Host:` alike; a browser can
    /// be made to send the others as well, and no client of ours sends a key with a slash in a line typed by hand.
    static func isHTTP(_ line: Slice<UnsafeRawBufferPointer>) -> Bool {
        let starts: [StaticString] = [
            "get /", "post", "host:", "put /", "head /", "delete /", "options ", "patch /", "connect ", "trace /",
        ]
        return starts.contains { start in
            let length = start.utf8CodeUnitCount
            guard line.count >= length else { return false }
            return (0..<length).allSatisfy { line[line.startIndex + $0].asciiLowercased == start.utf8Start[$0] }
        }
    }

    /// Fills the list from a line; false when a quote is left open or closed in the middle of a word.
    private mutating func splitWords(of line: Slice<UnsafeRawBufferPointer>) -> Bool {
        var rest = line
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) || byte == 0 }
        while true {
            rest = rest.drop(while: isSpace)
            guard !rest.isEmpty else { return true }
            let start = inlineBytes.count
            word: while let byte = rest.first, !isSpace(byte) {
                rest = rest.dropFirst()
                switch byte {
                case UInt8(ascii: "\""), UInt8(ascii: "'"):
                    guard readQuoted(until: byte, from: &rest), rest.first.map(isSpace) ?? true else { return false }
                    break word
                default:
                    inlineBytes.append(byte)
                }
            }
            list.append(ArgumentRange(offset: UInt32(start), length: UInt32(inlineBytes.count - start)))
        }
    }

    private mutating func readQuoted(until quote: UInt8, from rest: inout Slice<UnsafeRawBufferPointer>) -> Bool {
        while let byte = rest.popFirst() {
            if byte == quote { return true }
            guard byte == UInt8(ascii: "\\"), let escaped = rest.first else {
                inlineBytes.append(byte)
                continue
            }
            if quote == UInt8(ascii: "'") {
                if escaped == quote { rest = rest.dropFirst() }
                inlineBytes.append(escaped == quote ? escaped : byte)
                continue
            }
            rest = rest.dropFirst()
            inlineBytes.append(unescape(escaped, from: &rest))
        }
        return false
    }

    private func unescape(_ byte: UInt8, from rest: inout Slice<UnsafeRawBufferPointer>) -> UInt8 {
        switch byte {
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "a"): return 0x07
        case UInt8(ascii: "x"):
            let digits = rest.prefix(2).compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
            guard digits.count == 2 else { return byte }
            rest = rest.dropFirst(2)
            return UInt8(digits[0] << 4 | digits[1])
        default: return byte
        }
    }
}
