import StrataCore
import Testing

@testable import StrataProxy

@Suite struct HTTPPartsTests {
    @Test(arguments: [
        ("/health/live", HTTPRoute.live), ("/health/ready?x=1", .ready), ("/metrics", .metrics),
        ("/v1/kv/a", .entry("a")), ("/v1/kv/a/b", .entry("a/b")),
        ("/v1/kv/a%2Fb%00%ff", .entry(Key([0x61, 0x2F, 0x62, 0, 0xFF]))),
        ("/v1/kv/a?x", .entry("a")), ("/v1/kv/a+b", .entry("a+b")), ("/v1/kv", .nothing), ("/", .nothing),
        ("", .nothing), ("/healthy", .nothing),
    ])
    func pathsNameRoutes(_ path: String, _ route: HTTPRoute) {
        #expect(HTTPRoute(target: path) == route)
    }

    @Test(arguments: [
        "/v1/kv/", "/v1/kv/%", "/v1/kv/%4", "/v1/kv/%zz", "/v1/kv/" + String(repeating: "a", count: 2049),
    ])
    func badKeysAreToldFromMissingPaths(_ path: String) {
        guard case .badKey = HTTPRoute(target: path) else {
            Issue.record("\(path.prefix(20)) was taken")
            return
        }
    }

    @Test func tagsAreVersions() {
        let version = Version(generation: 3, sequence: 42)
        #expect(EntityTags.tag(of: version) == "\"3.42\"")
        #expect(EntityTags("\"3.42\"") == .versions([version]))
        #expect(EntityTags(" \"3.42\" , \"3.43\"") == .versions([version, Version(generation: 3, sequence: 43)]))
        #expect(EntityTags("*") == .any)
        #expect(EntityTags("W/\"3.42\"") == .versions([]))
        #expect(EntityTags("\"other\"") == .versions([]))
        #expect(EntityTags("3.42") == nil)
        #expect(EntityTags("") == nil)
        #expect(EntityTags("\"99999.1\"") == .versions([]))
    }

    @Test(arguments: [
        ("60", Duration.seconds(60)), ("60s", .seconds(60)), ("500ms", .milliseconds(500)), (" 2m ", .seconds(120)),
        ("1h", .seconds(3600)), ("1d", .seconds(86_400)),
    ])
    func lifetimesAreRead(_ text: String, _ lifetime: Duration) {
        #expect(LifetimeHeader.parse(text) == lifetime)
    }

    @Test(arguments: ["", "0", "-1s", "s", "1x", "1.5s", "9999999999999999999", "9999999999999d"])
    func badLifetimesAreRefused(_ text: String) {
        #expect(LifetimeHeader.parse(text) == nil)
    }

    @Test func tokensAndNamesDecideWhoMayAsk() {
        func isAllowed(_ access: HTTPAccess, _ authorization: String?, _ authority: String?) -> Bool {
            (try? access.authorize(authorization: authorization, authority: authority)) != nil
        }
        let open = HTTPAccess(address: .init(host: "127.0.0.1", port: 8080), token: nil)
        #expect(
            isAllowed(open, nil, "localhost:8080") && isAllowed(open, nil, "127.0.0.1")
                && isAllowed(open, nil, "[::1]:80"))
        #expect(!isAllowed(open, nil, "evil.example:8080") && !isAllowed(open, nil, "127.0.0.1.evil.example"))
        let guarded = HTTPAccess(address: .init(host: "0.0.0.0", port: 8080), token: "secret")
        #expect(isAllowed(guarded, "Bearer secret", "cache.example") && isAllowed(guarded, "bearer secret", nil))
        for wrong in [nil, "", "secret", "Bearer", "Bearer ", "Bearer secre", "Basic secret"] {
            #expect(!isAllowed(guarded, wrong, "localhost"))
        }
    }

    @Test func errorTextsAreJSON() {
        #expect(JSONText.string("a\"b\\c\n\u{1}é") == "\"a\\\"b\\\\c\\n\\u0001é\"")
    }
}
