import Foundation
import Testing

@testable import StrataConfiguration

/// The image can't be built where there is no Docker, so what it names is compared with what exists.
@Suite struct PackagingImageTests {
    private let dockerfile: Dockerfile

    init() throws {
        dockerfile = Dockerfile(try Repository.text("docker/Dockerfile"))
    }

    @Test func `there is a stage that builds and one that runs`() {
        #expect(dockerfile.stages.count == 2)
        #expect(dockerfile.arguments("FROM", stage: 0).first?.hasPrefix("swift:") == true)
        #expect(dockerfile.arguments("FROM", stage: 1).first?.hasSuffix("-slim") == true)
    }

    @Test func `the toolchain is new enough for the package`() throws {
        let image = try #require(dockerfile.arguments("FROM", stage: 0).first)
        let tools = try #require(
            try Repository.text("Package.swift").firstMatch(of: /swift-tools-version: (\d+)\.(\d+)/))
        let version = try #require(image.firstMatch(of: /^swift:(\d+)\.(\d+)-bookworm/))
        let needed = (Int(tools.1) ?? 0, Int(tools.2) ?? 0)
        let present = (Int(version.1) ?? 0, Int(version.2) ?? 0)
        #expect(present >= needed)
    }

    @Test func `everything that is copied exists and is not kept from Docker`() throws {
        let kept = try Repository.text("docker/Dockerfile.dockerignore").split(separator: "\n").filter {
            $0.hasPrefix("!")
        }
        for path in dockerfile.copies(stage: 0) + dockerfile.copies(stage: 1) {
            #expect(Repository.exists(path), "\(path)")
            #expect(kept.contains { path == $0.dropFirst() || path.hasPrefix($0.dropFirst() + "/") }, "\(path)")
        }
    }

    @Test func `the product that is built is one of the package and is what is started`() throws {
        let build = dockerfile.arguments("RUN", stage: 0).joined(separator: " ")
        let product = try #require(build.firstMatch(of: /--product (\S+)/)?.1)
        #expect(build.contains("--static-swift-stdlib"))
        #expect(try Repository.text("Package.swift").contains(".executable(name: \"\(product)\""))
        #expect(dockerfile.arguments("ENTRYPOINT", stage: 1) == ["[\"\(product)\"]"])
    }

    @Test func `the build installs the libraries that make installs`() throws {
        let script = try Repository.text("scripts/install-dependencies")
        let libraries = try #require(script.firstMatch(of: /libraries=\((.*)\)/)?.1).split(separator: " ").map(
            String.init)
        #expect(dockerfile.packages(stage: 0) == Set(libraries).union(["pkg-config"]))
    }

    @Test(.enabled(if: isBookworm, "package names are those of Debian 12"))
    func `the image runs with the libraries that the build links`() throws {
        for library in ["libhiredis", "libpq", "libsqlite3"] {
            let development = try #require(
                dockerfile.packages(stage: 0).first { $0.hasPrefix(library) && $0.hasSuffix("-dev") })
            let runtime = try #require(dockerfile.packages(stage: 1).first { $0.hasPrefix(library) })
            #expect(try dependencies(of: development).contains(runtime), "\(development) needs \(runtime)")
        }
    }

    @Test func `the image has the ports of the configuration, no root and a health check`() throws {
        let listen = try configuration().settings.listen
        #expect(dockerfile.arguments("EXPOSE", stage: 1) == ["\(listen.resp.port) \(listen.http?.port ?? 0)"])
        let users = dockerfile.arguments("USER", stage: 1)
        #expect(users.count == 1 && users != ["root"])
        #expect(dockerfile.arguments("RUN", stage: 1).joined().contains("useradd --system"))
        let check = try #require(dockerfile.arguments("HEALTHCHECK", stage: 1).first)
        #expect(check.hasSuffix("CMD [\"health-check\", \"\(listen.http?.port ?? 0)\"]"))
        #expect(Repository.isExecutable("docker/health-check"))
    }

    private func configuration() throws -> LoadedConfiguration {
        let environment = ["STRATA_LISTEN_PASSWORD": "x", "STRATA_LISTEN_TOKEN": "x"]
        return try ConfigurationSource(file: Repository.path("docker/strata.yaml"), environment: environment).load()
    }

    private static var isBookworm: Bool {
        (try? String(contentsOfFile: "/etc/os-release", encoding: .utf8))?.contains("VERSION_CODENAME=bookworm") == true
    }

    /// The packages an installed package depends on.
    private func dependencies(of package: String) throws -> Set<String> {
        let status = try String(contentsOfFile: "/var/lib/dpkg/status", encoding: .utf8)
        let entry = try #require(status.split(separator: "\n\n").first { $0.hasPrefix("Package: \(package)\n") })
        let line = try #require(entry.split(separator: "\n").first { $0.hasPrefix("Depends: ") })
        return Set(
            line.dropFirst("Depends: ".count).split(separator: ",").map { dependency in
                String(dependency.drop { $0 == " " }.prefix { $0 != " " && $0 != ":" })
            })
    }
}
