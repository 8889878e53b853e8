import Foundation
import Logging
import Strata
import StrataCore
import StrataTestSupport
import Testing

@testable import StrataConfiguration

/// The README says nothing that is not so, as far as a program can tell.
@Suite struct PackagingReadmeTests {
    private let readme: String

    init() throws {
        readme = try Repository.text("README.md")
    }

    @Test func `the library example is the file that is compiled, and short`() throws {
        let file = try Repository.text("Tests/IntegrationTests/Packaging/ReadmeExample.swift")
        let example = try #require(readme.firstMatch(of: /(?s)```swift\n(.*?)```/)?.1)
        #expect(String(example) == file)
        #expect(example.split(separator: "\n").count <= 25)
    }

    @Test func `the library example does what its comments say`() async throws {
        let directory = try TemporaryDirectory("readme")
        let source = ConfigurationSource(
            environment: [:], flags: [.init(name: "--data", key: "store.embedded.path", value: directory.path)])
        try await rename("42", to: "Ada", configuration: source) { id in User(name: "user \(id)") }
        try await rename("43", to: "Grace", configuration: source) { _ in nil }

        let strata = try await Composition(source.load().settings, logger: Logger(label: "readme"))
        try await strata.run {
            let users = try strata.manager.cache("users", of: User.self)
            #expect(try await users.value(for: "42")?.name == "Ada")
            #expect(try await users.value(for: "43") == nil)
        }
    }

    @Test func `the table of the configuration is that of the known keys`() throws {
        let start = try #require(readme.range(of: "| Key | Default | Meaning |\n|---|---|---|\n")?.upperBound)
        let rows = readme[start...].prefix(while: { _ in true }).split(
            separator: "\n", omittingEmptySubsequences: false
        )
        .prefix { $0.hasPrefix("|") }
        let known = ConfigurationKey.all.map { key in
            let fallback = key.fallback.isEmpty ? "" : key.fallback.contains(" ") ? key.fallback : "`\(key.fallback)`"
            return "| `\(key.name)` | \(fallback) | \(key.summary) |"
        }
        #expect(rows.map(String.init) == known, "the table should be:\n\(known.joined(separator: "\n"))")
    }

    @Test func `the configuration example is accepted`() throws {
        let example = try #require(readme.firstMatch(of: /(?s)```yaml\n(.*?)```/)?.1)
        #expect(
            try ConfigurationSource(environment: [:]).load(yaml: String(example), file: "README").settings.redis != nil)
    }

    @Test func `every make target that is named exists`() throws {
        let makefile = try Repository.text("Makefile")
        for text in [readme, try Repository.text("CONTRIBUTING.md")] {
            for match in text.matches(of: /`make ([a-z]+)/) {
                #expect(makefile.contains("\n\(match.1): "), "make \(match.1)")
            }
        }
    }

    @Test(arguments: ["README.md", "CONTRIBUTING.md"])
    func `every file that is linked or named in a table exists`(document: String) throws {
        let text = try Repository.text(document)
        let links = text.matches(of: /\]\(([^)#:]+)\)/).map { String($0.1) }
        let folders = text.matches(of: /`((?:Sources|Tests|docker|scripts)\/[A-Za-z\/.-]*)`/).map { String($0.1) }
        for path in links + folders { #expect(Repository.exists(path), "\(path)") }
    }
}
