import StrataCore

/// What an HTTP path names.
enum HTTPRoute: Hashable {
    case live
    case ready
    case metrics
    case entry(Key)
    case nothing
    /// A path under `/v1/kv/` that names no key, and why.
    case badKey(String)

    /// - Parameter target: the request's path as it was sent, a query included, which means nothing here.
    init(target: String) {
        let path = target.prefix { $0 != "?" }
        switch path {
        case "/health/live": self = .live
        case "/health/ready": self = .ready
        case "/metrics": self = .metrics
        default:
            let prefix = "/v1/kv/"
            guard path.hasPrefix(prefix) else {
                self = .nothing
                return
            }
            self = HTTPRoute.key(path.dropFirst(prefix.count))
        }
    }

    private static func key(_ text: Substring) -> HTTPRoute {
        guard let bytes = percentDecoded(text.utf8) else {
            return .badKey("the key has a % that two hexadecimal digits do not follow; write a % itself as %25")
        }
        guard !bytes.isEmpty else { return .badKey("the path ends where the key should be: /v1/kv/KEY") }
        guard bytes.count <= Key.maximumLength else {
            return .badKey("the key has \(bytes.count) bytes, and at most \(Key.maximumLength) are allowed")
        }
        return .entry(Key(bytes))
    }

    /// The bytes that a percent-encoded text stands for (RFC 3986, section 2.1); nil when it is not well formed.
    static func percentDecoded(_ text: some Collection<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = ArraySlice(Array(text))
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2).compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
            guard digits.count == 2 else { return nil }
            rest = rest.dropFirst(2)
            bytes.append(UInt8(digits[0] << 4 | digits[1]))
        }
        return bytes
    }
}
