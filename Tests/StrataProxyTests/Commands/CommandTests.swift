import StrataCore
import Testing

@testable import StrataProxy

/// Replies as redis-server 7.0 gives them; each text was compared with the server's.
@Suite struct CommandTests {
    @Test(arguments: [
        ("foo a b", "-ERR unknown command 'foo', with args beginning with: 'a' 'b' \r\n"),
        ("get", "-ERR wrong number of arguments for 'get' command\r\n"),
        ("set a 1 ex", "-ERR syntax error\r\n"), ("set a 1 ex 0", "-ERR invalid expire time in 'set' command\r\n"),
        ("set a 1 ex x", "-ERR value is not an integer or out of range\r\n"),
        ("set a 1 ex 10 px 10", "-ERR syntax error\r\n"), ("set a 1 ex x px 10", "-ERR syntax error\r\n"),
        ("set a 1 ex x ex 10", "+OK\r\n"), ("set a 1 ex 10 ex 0", "-ERR invalid expire time in 'set' command\r\n"),
        ("set a 1 nx xx", "-ERR syntax error\r\n"),
        ("set a 1 keepttl ex 10", "-ERR syntax error\r\n"),
        ("set a 1 ex 9223372036854775807", "-ERR invalid expire time in 'set' command\r\n"),
        ("setex a 0 b", "-ERR invalid expire time in 'setex' command\r\n"),
        ("psetex a -1 b", "-ERR invalid expire time in 'psetex' command\r\n"),
        ("getex a persist ex 10", "-ERR syntax error\r\n"), ("getex a foo", "-ERR syntax error\r\n"),
        ("expire a abc", "-ERR value is not an integer or out of range\r\n"),
        ("expire a 1 nx xx", "-ERR NX and XX, GT or LT options at the same time are not compatible\r\n"),
        ("expire a 1 gt lt", "-ERR GT and LT options at the same time are not compatible\r\n"),
        ("expire a 1 foo", "-ERR Unsupported option foo\r\n"),
        ("expire a 9223372036854775807", "-ERR invalid expire time in 'expire' command\r\n"),
        ("decrby a -9223372036854775808", "-ERR decrement would overflow\r\n"),
        ("incrbyfloat a abc", "-ERR value is not a valid float\r\n"),
        ("incrbyfloat a inf", "-ERR increment would produce NaN or Infinity\r\n"),
        ("mset a b c", "-ERR wrong number of arguments for 'mset' command\r\n"),
        ("client foo", "-ERR unknown subcommand 'foo'. Try CLIENT HELP.\r\n"),
        ("client setname", "-ERR wrong number of arguments for 'client|setname' command\r\n"),
        ("client setname 'a b'", "-ERR Client names cannot contain spaces, newlines or special characters.\r\n"),
        ("config", "-ERR wrong number of arguments for 'config' command\r\n"),
        ("config foo", "-ERR unknown subcommand 'foo'. Try CONFIG HELP.\r\n"),
        ("config get save", "*2\r\n$4\r\nsave\r\n$0\r\n\r\n"), ("select 0", "+OK\r\n"),
        ("select 1", "-ERR DB index is out of range\r\n"),
        ("hello abc", "-ERR Protocol version is not an integer or out of range\r\n"),
        ("hello 3 foo", "-ERR Syntax error in HELLO option 'foo'\r\n"), ("scan abc", "-ERR invalid cursor\r\n"),
        ("scan 0 count 0", "-ERR syntax error\r\n"), ("scan 0 match", "-ERR syntax error\r\n"),
        ("scan 0 count abc", "-ERR value is not an integer or out of range\r\n"),
        ("flushall foo", "-ERR syntax error\r\n"), ("ping hi", "$2\r\nhi\r\n"), ("echo ''", "$0\r\n\r\n"),
        ("command getkeys mset a 1 b 2", "*2\r\n$1\r\na\r\n$1\r\nb\r\n"),
        ("command getkeys nosuch a", "-ERR Invalid command specified\r\n"),
        ("command list filterby pattern getd*", "*1\r\n$6\r\ngetdel\r\n"),
        ("setrange a -1 x", "-ERR offset is out of range\r\n"),
        (
            "setrange a 1000000000 x",
            "-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n"
        ),
        ("touch none", ":0\r\n"), ("ttl none", ":-2\r\n"), ("type none", "+none\r\n"), ("persist none", ":0\r\n"),
    ])
    func repliesAreThoseOfRedis(_ line: String, _ reply: String) async throws {
        #expect(try await TestClient().ask(line) == reply)
    }

    /// Runs lines one after the other and returns the replies.
    private func run(_ client: TestClient, _ lines: String...) async throws -> [String] {
        var replies: [String] = []
        for line in lines { replies.append(try await client.ask(line)) }
        return replies
    }

    @Test func setTakesItsOptionsInAllCombinations() async throws {
        let client = try await TestClient()
        let replies = try await run(
            client, "set k 1 nx", "set k 2 nx", "set k 3 xx get", "set k 4 get nx", "get k", "set new 1 xx",
            "set new 1 nx get", "set k 5 ex 100", "ttl k", "set k 6 keepttl", "ttl k", "set k 7", "ttl k",
            "set past 1 exat 1", "exists past", "set k 8 pxat 1", "exists k")
        #expect(
            replies == [
                "+OK\r\n", "$-1\r\n", "$1\r\n1\r\n", "$1\r\n3\r\n", "$1\r\n3\r\n", "$-1\r\n", "$-1\r\n", "+OK\r\n",
                ":100\r\n", "+OK\r\n", ":100\r\n", "+OK\r\n", ":-1\r\n", "+OK\r\n", ":0\r\n", "+OK\r\n", ":0\r\n",
            ])
    }

    @Test func stringsAreReadAndChanged() async throws {
        let client = try await TestClient()
        let replies = try await run(
            client, "append k real", "append k daz", "getrange k 0 -1", "substr k -3 -1", "getrange k 5 2",
            "strlen k", "getset k x", "getdel k", "getdel k", "setnx k 1", "setnx k 2", "setrange k 3 zz",
            "strlen k", "setrange none 5 ''", "exists none", "mset a 1 b 2", "mget a b none", "del a a none",
            "unlink b", "touch k k")
        #expect(
            replies == [
                ":4\r\n", ":7\r\n", "$7\r\nrealdaz\r\n", "$3\r\ndaz\r\n", "$0\r\n\r\n", ":7\r\n", "$7\r\nrealdaz\r\n",
                "$1\r\nx\r\n", "$-1\r\n", ":1\r\n", ":0\r\n", ":5\r\n", ":5\r\n", ":0\r\n", ":0\r\n", "+OK\r\n",
                "*3\r\n$1\r\n1\r\n$1\r\n2\r\n$-1\r\n", ":1\r\n", ":1\r\n", ":2\r\n",
            ])
    }

    @Test func numbersAreCounted() async throws {
        let client = try await TestClient()
        let replies = try await run(
            client, "incr n", "incrby n 10", "decr n", "decrby n 20", "set t abc", "incr t", "set f 0.5",
            "incrbyfloat f 1.123", "set max 9223372036854775807", "incr max")
        #expect(
            replies == [
                ":1\r\n", ":11\r\n", ":10\r\n", ":-10\r\n", "+OK\r\n",
                "-ERR value is not an integer or out of range\r\n",
                "+OK\r\n", "$5\r\n1.623\r\n", "+OK\r\n", "-ERR increment or decrement would overflow\r\n",
            ])
    }

    @Test func expiriesAreSetUnderConditions() async throws {
        let client = try await TestClient()
        let replies = try await run(
            client, "set k v", "expire k 10 xx", "expire k 10 lt", "expire k 10", "expire k 10 nx", "expire k 20 gt",
            "expire k 15 gt", "ttl k", "expire k 30 xx lt", "expire k 5 xx lt", "pttl k", "persist k", "persist k",
            "expire k 9 xx lt", "getex k ex 50", "ttl k", "getex k persist", "ttl k", "expire k -1", "exists k",
            "expire k 1")
        #expect(
            replies == [
                "+OK\r\n", ":0\r\n", ":1\r\n", ":1\r\n", ":0\r\n", ":1\r\n", ":0\r\n", ":20\r\n", ":0\r\n", ":1\r\n",
                ":5000\r\n", ":1\r\n", ":0\r\n", ":0\r\n", "$1\r\nv\r\n", ":50\r\n", "$1\r\nv\r\n", ":-1\r\n", ":1\r\n",
                ":0\r\n", ":0\r\n",
            ])
    }

    @Test func timesAskTheStoreAndNotTheCopy() async throws {
        let client = try await TestClient()
        client.cache.store("k", "v")
        client.cache.cache("k", "v")
        #expect(try await client.ask("ttl k") == ":-1\r\n")
        #expect(client.cache.calls == [.read(["k"], .strong)])
    }

    @Test func scanFindsEveryKeyOnce() async throws {
        let client = try await TestClient()
        for number in 0..<50 { client.cache.store(Key("key:\(number)"), "x") }
        client.cache.store("other", "x")
        var cursor = "0"
        var found: [String] = []
        repeat {
            let reply = try await client.ask("scan \(cursor) match key:* count 7 type string")
            let words = reply.split(separator: "\r\n").map(String.init)
            cursor = words[2]
            found += words.dropFirst(4).filter { !$0.hasPrefix("$") }
        } while cursor != "0"
        #expect(found.count == 50 && Set(found).count == 50)
        #expect(try await client.ask("dbsize") == ":51\r\n")
        #expect(try await client.ask("scan 0 type hash").hasSuffix("*0\r\n"))
    }

    @Test func dangerousCommandsAreRefused() async throws {
        for line in [
            "eval 'return 1' 0", "script load x", "module load x", "debug sleep 1", "config set a b", "shutdown",
            "function list",
        ] {
            let reply = try await TestClient().ask(line)
            #expect(reply.hasPrefix("-ERR ") && reply.contains("not allowed"), "\(line): \(reply)")
        }
    }

    @Test func keysThatNoStoreTakesAreRefused() async throws {
        let key = String(repeating: "k", count: Key.maximumLength + 1)
        #expect(try await TestClient().ask("get \(key)") == "-ERR a key may have at most 2048 bytes\r\n")
    }

    @Test func infoHasTheLevels() async throws {
        let client = try await TestClient()
        let text = try await client.ask("info")
        for line in [
            "# Server", "redis_version:7.0.15", "# Strata", "memory_hits:3", "memory_misses:1", "redis_hits:0",
            "store_misses:0", "connected_clients:", "# Keyspace",
        ] {
            #expect(text.contains(line), "\(line)")
        }
        client.cache.store("k", "v")
        #expect(try await client.ask("info keyspace").contains("db0:keys=1,expires=0,avg_ttl=0"))
        let strata = try await client.ask("info strata")
        #expect(strata.contains("memory_hits:3") && !strata.contains("# Server"))
    }

    @Test func clientsAreListed() async throws {
        let client = try await TestClient()
        #expect(try await client.ask("client setname worker") == "+OK\r\n")
        #expect(try await client.ask("client setinfo lib-name swift") == "+OK\r\n")
        let list = try await client.ask("client list")
        #expect(list.contains("id=1 addr=127.0.0.1:50000") && list.contains("name=worker"))
        #expect(list.contains("lib-name=swift") && list.contains("user=default"))
        #expect(try await client.ask("client id") == ":1\r\n")
    }
}
