#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A private certificate authority that openssl makes for one test.
package final class CertificateAuthority: Sendable {
    /// A certificate and its key, as files that the user of the servers can read.
    package struct Identity: Sendable {
        package let certificate: String
        package let key: String
    }

    private let directory: TemporaryDirectory
    private let identity: Identity

    package init() async throws {
        directory = try TemporaryDirectory("ca", owner: PostgresTemplate.user)
        identity = Identity(certificate: directory.path + "/ca.crt", key: directory.path + "/ca.key")
        try await openssl(request(identity, "strata test authority") + ["-days", "2"])
        // Clients run as another user than the servers may.
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: directory.path)
    }

    /// The file with the authority's own certificate, for `sslrootcert`.
    package var certificate: String { identity.certificate }

    /// Makes a certificate for a host that this authority has signed.
    ///
    /// - Parameter isExpired: whether its time is over.
    package func issue(for host: String, isExpired: Bool = false) async throws -> Identity {
        let issued = files()
        let request = issued.certificate + ".csr"
        let extensions = issued.certificate + ".ext"
        try alternative(of: host).write(toFile: extensions, atomically: false, encoding: .utf8)
        try await openssl([
            "req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=\(host)", "-keyout", issued.key, "-out",
            request,
        ])
        try await openssl([
            "x509", "-req", "-in", request, "-CA", identity.certificate, "-CAkey", identity.key, "-CAcreateserial",
            "-days", isExpired ? "-1" : "2", "-extfile", extensions, "-out", issued.certificate,
        ])
        return issued
    }

    /// Makes a certificate that nobody but itself has signed.
    package func selfSigned(for host: String) async throws -> Identity {
        let issued = files()
        try await openssl(request(issued, host) + ["-days", "2", "-addext", alternative(of: host)])
        return issued
    }

    private func request(_ identity: Identity, _ name: String) -> [String] {
        [
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=\(name)", "-keyout", identity.key, "-out",
            identity.certificate,
        ]
    }

    private func alternative(of host: String) -> String {
        "subjectAltName=\(host.allSatisfy { $0.isNumber || $0 == "." } ? "IP" : "DNS"):\(host)"
    }

    private func files() -> Identity {
        let path = directory.path + "/server-\(UInt64.random(in: 0 ... .max))"
        return Identity(certificate: path + ".crt", key: path + ".key")
    }

    private func openssl(_ arguments: [String]) async throws {
        try await PostgresTemplate.run("/usr/bin/openssl", arguments, output: directory.path + "/openssl.log")
    }
}
