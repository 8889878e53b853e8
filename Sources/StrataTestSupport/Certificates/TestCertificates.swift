import NIOConcurrencyHelpers

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A certificate authority of one test, and the certificates it issues: PEM files in a directory of their own, made by
/// `openssl`. Servers can read them, whichever user they run as.
package final class TestCertificates: Sendable {
    /// The files of a certificate and its key.
    package struct Pair: Sendable {
        package let certificate: String
        package let key: String
    }

    private let directory: TemporaryDirectory
    private let authorityPair: Pair
    private let issued = NIOLockedValueBox(0)

    /// Makes an authority.
    package init(_ name: String = "Strata Test Authority") async throws {
        directory = try TemporaryDirectory("certificates", owner: PostgresTemplate.user)
        authorityPair = Pair(certificate: directory.path + "/authority.pem", key: directory.path + "/authority.key")
        // Clients run as another user than the servers may.
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: directory.path)
        try await openssl(
            ["req", "-x509", "-subj", "/CN=\(name)", "-days", "2", "-out", authorityPair.certificate]
                + TestCertificates.newKey(authorityPair.key)
                + ["-addext", "keyUsage=critical,keyCertSign,cRLSign"])
    }

    /// The file of the authority's own certificate.
    package var authority: String { authorityPair.certificate }

    /// A server's certificate.
    ///
    /// - Parameters:
    ///   - hosts: the names and addresses it is for.
    ///   - isExpired: whether its time was over yesterday.
    package func server(for hosts: [String], isExpired: Bool = false) async throws -> Pair {
        try await issue(
            hosts[0], ["subjectAltName=" + TestCertificates.names(hosts), "extendedKeyUsage=serverAuth,clientAuth"],
            days: isExpired ? -1 : 2)
    }

    /// A client's certificate for a user.
    package func client(_ user: String) async throws -> Pair {
        try await issue(user, ["extendedKeyUsage=clientAuth"], days: 2)
    }

    /// A server's certificate that no authority has issued.
    package func selfSigned(for hosts: [String]) async throws -> Pair {
        let pair = next()
        try await openssl(
            ["req", "-x509", "-subj", "/CN=\(hosts[0])", "-days", "2", "-out", pair.certificate]
                + TestCertificates.newKey(pair.key)
                + ["-addext", "subjectAltName=" + TestCertificates.names(hosts)])
        return pair
    }

    private func issue(_ name: String, _ extensions: [String], days: Int) async throws -> Pair {
        let pair = next()
        let request = pair.certificate + ".request"
        let extensionFile = pair.certificate + ".extensions"
        try (extensions + ["basicConstraints=critical,CA:FALSE"]).joined(separator: "\n")
            .write(toFile: extensionFile, atomically: false, encoding: .utf8)
        try await openssl(["req", "-subj", "/CN=\(name)", "-out", request] + TestCertificates.newKey(pair.key))
        try await openssl([
            "x509", "-req", "-in", request, "-CA", authorityPair.certificate, "-CAkey", authorityPair.key,
            "-set_serial", "\(UInt32.random(in: 1 ... .max))", "-days", "\(days)", "-extfile", extensionFile, "-out",
            pair.certificate,
        ])
        return pair
    }

    private func next() -> Pair {
        let number = issued.withLockedValue { count in
            count += 1
            return count
        }
        return Pair(
            certificate: directory.path + "/\(number).pem", key: directory.path + "/\(number).key")
    }

    /// Elliptic curves, because an RSA key takes a second to make.
    private static func newKey(_ path: String) -> [String] {
        ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", path]
    }

    private static func names(_ hosts: [String]) -> String {
        hosts.map { host in
            let isAddress = host.contains(":") || host.allSatisfy { $0.isNumber || $0 == "." }
            return (isAddress ? "IP:" : "DNS:") + host
        }.joined(separator: ",")
    }

    private func openssl(_ arguments: [String]) async throws {
        try await PostgresTemplate.run(
            try ServerBinary.openssl(), arguments, output: directory.path + "/openssl.log")
    }
}
