import NIOCore

extension ReplyWriter {
    /// The start of an array, whose elements follow.
    mutating func array(_ count: Int) {
        header(UInt8(ascii: "*"), Int64(count))
    }

    /// The start of a map, whose keys and values follow alternately; an array of twice as many in RESP2.
    mutating func map(_ count: Int) {
        version == .resp3 ? header(UInt8(ascii: "%"), Int64(count)) : array(count * 2)
    }

    /// The start of a set, whose elements follow; an array in RESP2.
    mutating func set(_ count: Int) {
        header(version == .resp3 ? UInt8(ascii: "~") : UInt8(ascii: "*"), Int64(count))
    }

    /// The absence of an array.
    mutating func nullArray() {
        buffer.writeStaticString(version == .resp3 ? "_\r\n" : "*-1\r\n")
    }

    /// A number with a fraction; its text as a string in RESP2.
    mutating func double(_ number: Double) {
        let text = number.isNaN ? "nan" : number.isInfinite ? (number < 0 ? "-inf" : "inf") : "\(number)"
        guard version == .resp3 else { return bulk(text) }
        buffer.writeStaticString(",")
        buffer.writeString(text)
        buffer.writeStaticString("\r\n")
    }

    /// Text meant for people, marked as such in RESP3.
    mutating func verbatim(_ text: String) {
        guard version == .resp3 else { return bulk(text) }
        header(UInt8(ascii: "="), Int64(text.utf8.count + 4))
        buffer.writeStaticString("txt:")
        buffer.writeString(text)
        buffer.writeStaticString("\r\n")
    }

    /// Statuses as an array's or set's elements.
    mutating func words(_ words: [String], asSet: Bool = false) {
        asSet ? set(words.count) : array(words.count)
        for word in words { bulk(word) }
    }
}

extension ReplyWriter {
    /// A status of a text that has no line end.
    mutating func simple(_ text: String) {
        buffer.writeStaticString("+")
        buffer.writeString(text)
        buffer.writeStaticString("\r\n")
    }
}
