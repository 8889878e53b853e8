extension RedisReply {
    /// Milliseconds since 1970, as `TIME` answers them in seconds and microseconds.
    var timeMilliseconds: Int64? {
        guard let parts = elements, parts.count == 2,
            let seconds = parts[0].bytes.flatMap({ Int64(String(decoding: $0, as: UTF8.self)) }),
            let microseconds = parts[1].bytes.flatMap({ Int64(String(decoding: $0, as: UTF8.self)) }),
            (0...Int64.max / 2000).contains(seconds), (0..<1_000_000).contains(microseconds)
        else { return nil }
        return seconds * 1000 + microseconds / 1000
    }
}
