import StrataCore
import StrataTestSupport
import Testing

@testable import StrataPostgres

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Encrypted connections, passwords, and what a server is told of its clients.
@Suite struct SecurityTests {
    /// A server with a certificate of its own.
    private func server(_ pair: TestCertificates.Pair) async throws -> PostgresServer {
        try await PostgresServer.start(settings: [
            "ssl": "on", "ssl_cert_file": pair.certificate, "ssl_key_file": pair.key,
        ])
    }

    /// What an attempt to use a server comes to: nil when it works.
    private func failure(_ url: String) async throws -> StrataError? {
        try await withShard(url: url, install: false) { shard in
            do {
                let rows = try await shard.withConnection { connection in
                    try await connection.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
                }
                #expect(try rows[0].decode(Bool.self), "the connection is not encrypted")
                return nil
            } catch { return error as? StrataError }
        }
    }

    @Test func verifyFullTakesTheRightCertificateOnly() async throws {
        let certificates = try await TestCertificates()
        let verified = "?sslmode=verify-full&sslrootcert=\(certificates.authority)"
        let right = try await server(certificates.server(for: ["127.0.0.1"]))
        #expect(try await failure(right.url() + verified) == nil)
        // The server is reached by an address, the certificate compared with the name in the URL.
        let named = try await server(certificates.server(for: ["localhost"]))
        #expect(try await failure(named.url().replacing("127.0.0.1", with: "localhost") + verified) == nil)

        let wrongHost = try #require(await failure(named.url() + verified))
        #expect(wrongHost.code == .configuration && wrongHost.message.contains("a name that the certificate has"))
        // A server ends with the last reference to it.
        let stranger = try await server(certificates.selfSigned(for: ["127.0.0.1"]))
        let unknown = try #require(await failure(stranger.url() + verified))
        #expect(unknown.code == .configuration && unknown.message.contains("sslrootcert"))
        let old = try await server(certificates.server(for: ["127.0.0.1"], isExpired: true))
        let expired = try #require(await failure(old.url() + verified))
        #expect(expired.code == .configuration && expired.message.contains("expired"))
        let rootless = try #require(await failure(right.url() + "?sslmode=verify-full&sslrootcert=/nonexistent.crt"))
        #expect(rootless.code == .configuration && rootless.message.contains("sslrootcert"))
        let plain = try #require(await failure(try await SharedServer.shared.database() + verified))
        #expect(plain.code == .configuration && plain.message.contains("turn on ssl"))
        withExtendedLifetime((right, named, stranger, old)) {}
    }

    @Test func passwordsAreCheckedBySCRAMAndShownNowhere() async throws {
        let canary = "canary-51c2e"
        let wrong = "canary-wrong"
        let server = try await PostgresServer.start(authentication: "scram-sha-256")
        try await server.runSQL("ALTER ROLE postgres PASSWORD '\(canary)'")
        #expect(
            try await server.value(
                "SELECT rolpassword LIKE 'SCRAM-SHA-256$%' FROM pg_authid WHERE rolname = 'postgres'") == "t")
        let directory = try TemporaryDirectory("passfile")
        func passfile(_ password: String) throws -> String {
            let path = "\(directory.path)/\(password)"
            try "127.0.0.1:\(server.port):*:postgres:\(password)\n".write(
                toFile: path, atomically: false, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
            return path
        }
        try await withShard(url: server.url(password: canary)) { _ = try await $0.put("a", "1") }
        let kept = try await withShard(url: server.url() + "?passfile=\(passfile(canary))") { try await $0.text("a") }
        #expect(kept == "1")
        let missing = directory.path + "/missing"
        for (url, advice) in [
            (server.url(password: wrong), "password"), (server.url() + "?passfile=\(try passfile(wrong))", "password"),
            (server.url() + "?passfile=\(missing)", "set PGPASSWORD, or passfile"),
        ] {
            try await withShard(url: url, install: false) { shard in
                let error = try #require(await shard.read(["a"], context: .within(.seconds(10)))[0].error)
                #expect(error.code == .authentication && error.message.contains(advice), "\(error)")
                #expect(!error.message.contains(canary))
                // A file's name is no secret, and this one's is made of the password.
                #expect(!error.message.replacing(directory.path + "/" + wrong, with: "").contains(wrong))
            }
        }
    }

    @Test(arguments: [("", "strata"), ("?application_name=orders", "orders")])
    func theServerIsToldWhoItsClientsAre(parameters: String, name: String) async throws {
        let url = try await SharedServer.shared.database() + parameters
        try await withShard(url: url) { shard in
            #expect(try await shard.text("a") == nil)
            let names = try await shard.withConnection { connection in
                try await connection.query(
                    """
                    SELECT DISTINCT application_name FROM pg_stat_activity
                    WHERE datname = current_database() AND backend_type = 'client backend'
                    """
                ).map { row in try row.decode(String.self) }
            }
            #expect(names == [name])
        }
    }
}
