import Testing

@testable import StrataConfiguration

/// A canary password is put wherever one can be, and looked for in everything that is shown.
@Suite struct SecrecyTests {
    private static let canary = "hunter2"

    @Test func `neither the plan nor a description or dump shows a secret`() throws {
        let yaml = """
            listen: { password: \(Self.canary), token: \(Self.canary) }
            redis: { urls: ["redis://me:\(Self.canary)@h"] }
            store:
              postgres:
                shards:
                  - url: "postgresql://me:\(Self.canary)@h/d?sslpassword=\(Self.canary)&pass%77ord=\(Self.canary)"
                    direct: "postgresql://h/d?user=me&password=\(Self.canary)"
                    replicas: ["postgresql://me:\(Self.canary)@h2/d"]
            """
        let loaded = try load(yaml, environment: ["STRATA_LISTEN_TOKEN": Self.canary])
        var dumped = ""
        dump(loaded, to: &dumped)
        let source = ConfigurationSource(environment: ["STRATA_LISTEN_TOKEN": Self.canary])
        dump(source, to: &dumped)
        for text in [
            loaded.plan, "\(loaded) \(source)", "\(loaded.settings)", String(reflecting: loaded.settings), dumped,
        ] {
            #expect(!text.contains(Self.canary))
        }
        #expect(loaded.plan.contains("redis, standalone, h:6379"))
        #expect(loaded.plan.contains("postgresql://me:***@h/d"))
        #expect(loaded.plan.contains("replica postgresql://me:***@h2/d"))
    }

    @Test(arguments: [
        "listen: { password: [\(canary)] }",
        "redis: { urls: [\"rediss://me:\(canary)@h:x\"] }",
        "redis: { urls: [\"redis://me:\(canary)%zz@h\"] }",
        "redis: { urls: [\"redis://me:\(canary)@h/db\"] }",
        "store: { postgres: { shards: [ {url: \"mysql://me:\(canary)@h/d\"} ] } }",
        "store: { postgres: { shards: [ {url: \"postgresql://me:\(canary) x@h/d\"} ] } }",
        "store: { postgres: { shards: [ {url: \"postgresql://h/d\", replicas: [\"mysql://me:\(canary)@h/d\"]} ] } }",
        "redis: { urls: [\"redis://me:\(canary)@h\", \"redis://me:\(canary)@i\"] }",
        "listen: { password: \"\(canary) }",
        "listen: { password: \(canary)\n token: &x }\n]",
        "store: { postgres: \"postgresql://me:\(canary)@h/d\" }",
    ])
    func `no error shows a secret`(yaml: String) {
        #expect(!refusal(of: yaml).contains(Self.canary))
    }

    @Test(arguments: [
        ("postgresql://h/d", "postgresql://h/d"),
        ("postgresql://me@h/d", "postgresql://me@h/d"),
        ("postgres://me:pw@a:1,b:2/d?sslmode=require", "postgres://me:***@a:1,b:2/d?sslmode=require"),
        ("postgresql://me:p/w?x@h/d", "postgresql://me:***@h/d"),
        ("postgresql://me:p@w@h/d", "postgresql://me:***@h/d"),
        ("postgresql:///d?host=/tmp&user=me", "postgresql:///d?host=/tmp&user=me"),
        ("postgresql://h/d?password=p@w", "postgresql://h/d***"),
        ("postgresql://h:5432/d?password=p@w", "postgresql://h***"),
        ("postgresql://me:p?w=1@h/d", "postgresql://me***"),
    ])
    func `a Postgres URL is shown without its password`(url: String, shown: String) throws {
        let parsed = try #require(PostgresURL(url))
        #expect(parsed.description == shown)
        #expect(parsed.reveal() == url)
    }
}
