import Testing

@testable import StrataConfiguration

@Suite struct ValueFormTests {
    @Test(arguments: [
        ("1ms", Duration.milliseconds(1)), ("250ms", .milliseconds(250)), ("60s", .seconds(60)), ("10m", .seconds(600)),
        ("2h", .seconds(7200)), ("1d", .seconds(86_400)), ("36500d", .seconds(86_400 * 36_500)),
    ])
    func `durations have a number and a unit`(text: String, duration: Duration) {
        #expect(Duration(configurationText: text) == duration)
        #expect(Duration(configurationText: duration.configurationText) == duration)
    }

    @Test(arguments: ["", "s", "60", "-1s", "1.5s", "1 s", "1S", "1y", "36501d", "١s", "9223372036854775807d"])
    func `other texts are no durations`(text: String) {
        #expect(Duration(configurationText: text) == nil)
    }

    @Test(arguments: [
        ("1B", 1), ("2KB", 2000), ("2KiB", 2048), ("256MiB", 256 << 20), ("1gb", 1_000_000_000), ("1 GiB", 1 << 30),
        ("3TiB", 3 << 40), ("5TB", 5_000_000_000_000), ("7MB", 7_000_000),
    ])
    func `sizes have a number and a unit`(text: String, bytes: Int) {
        #expect(ByteSize.bytes(in: text) == bytes)
        #expect(ByteSize.bytes(in: ByteSize.text(bytes)) == bytes)
    }

    @Test(arguments: ["", "256", "MiB", "-1MiB", "1.5GiB", "1M", "9999999999999TiB", "1MiBs"])
    func `other texts are no sizes`(text: String) {
        #expect(ByteSize.bytes(in: text) == nil)
    }

    @Test(arguments: ["127.0.0.1:6380", "localhost:0", "[::1]:65535", "0.0.0.0:1"])
    func `addresses have a host and a port`(text: String) {
        #expect(ListenAddress(text)?.description == text)
    }

    @Test(arguments: [
        "", ":1", "h", "h:", "h:x", "h:-1", "::1:80", "[::1]", "[h]:1", "h:65536", "a b:1", "h:+1", "u@h:1",
    ])
    func `other texts are no addresses`(text: String) {
        #expect(ListenAddress(text) == nil)
    }

    @Test(arguments: [
        ("", "", 0), ("ttl", "ttl", 0), ("TTL", "ttl", 0), ("capcity", "capacity", 1), ("ulr", "url", 1),
        ("kitten", "sitting", 3), ("", "abc", 3),
    ])
    func `the edit distance counts a swap as one`(left: String, right: String, distance: Int) {
        #expect(EditDistance.between(left, right) == distance)
        #expect(EditDistance.between(right, left) == distance)
    }
}
