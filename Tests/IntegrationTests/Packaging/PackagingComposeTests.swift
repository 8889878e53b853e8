import Foundation
import Testing
import Yams

@testable import StrataConfiguration

/// The composition names services, files, ports and keys of three other files; all of them have to agree.
@Suite struct PackagingComposeTests {
    private let services: [String: Node]
    private let compose: Node

    init() throws {
        compose = try #require(try Yams.compose(yaml: try Repository.text("docker/compose.yaml")))
        let mapping = try #require(compose["services"]?.mapping)
        services = try Dictionary(
            uniqueKeysWithValues: mapping.map { name, service in (try #require(name.string), Self.merged(service)) })
    }

    private var proxies: [Node] { services.filter { $0.key.hasPrefix("proxy-") }.map(\.value) }

    @Test func `there are a Redis, two Postgres and two proxies`() {
        #expect(services.keys.sorted() == ["postgres-0", "postgres-1", "proxy-0", "proxy-1", "redis"])
    }

    @Test func `the proxies are built from the Dockerfile of the repository`() throws {
        for proxy in proxies {
            #expect(proxy["build"]?["context"]?.string == "..")
            let dockerfile = try #require(proxy["build"]?["dockerfile"]?.string)
            #expect(Repository.exists(dockerfile))
        }
    }

    @Test func `the configuration file is mounted where the command expects it`() throws {
        for proxy in proxies {
            let command = try #require(proxy["command"]).array(of: String.self)
            let volume = try #require(proxy["volumes"]?.array(of: String.self).first).split(separator: ":").map(
                String.init)
            #expect(command.first == "serve")
            #expect(command.last == volume[1])
            #expect(Repository.exists("docker/\(volume[0])"))
        }
    }

    @Test func `file and environment make a configuration of services that exist`() throws {
        for proxy in proxies {
            let settings = try settings(of: proxy)
            guard case .postgres(let postgres) = settings.store, let redis = settings.redis else {
                Issue.record("the composition has Postgres and Redis, and the configuration has not")
                return
            }
            let image = services[String(redis.servers.prefix { $0 != ":" })]?["image"]
            #expect(image?.string?.hasPrefix("redis:") == true)
            #expect(postgres.shards.count == 2)
            for shard in postgres.shards {
                let url = try #require(URLComponents(string: shard.url.reveal()))
                let host = try #require(url.host)
                let service = try #require(services[host])
                #expect(service["image"]?.string?.hasPrefix("postgres:") == true)
                #expect(service["environment"]?["POSTGRES_USER"]?.string == url.user)
                #expect("/\(service["environment"]?["POSTGRES_DB"]?.string ?? "")" == url.path)
            }
        }
    }

    @Test func `the ports that are published are listened on, each host port once`() throws {
        var published: [String] = []
        for proxy in proxies {
            let listen = try settings(of: proxy).listen
            let ports = try #require(proxy["ports"]).array(of: String.self).map {
                $0.split(separator: ":").map(String.init)
            }
            #expect(ports.map(\.[2]) == ["\(listen.resp.port)", "\(listen.http?.port ?? 0)"])
            #expect(ports.allSatisfy { $0[0] == "127.0.0.1" })
            published += ports.map(\.[1])
        }
        #expect(Set(published).count == published.count)
    }

    @Test func `what a service waits for exists and has a health check`() throws {
        for proxy in proxies {
            for (name, _) in try #require(proxy["depends_on"]?.mapping) {
                let service = services[name.string ?? ""]
                #expect(service?["healthcheck"] != nil)
            }
        }
    }

    @Test func `each volume is declared and used by one service`() throws {
        let declared = try #require(compose["volumes"]?.mapping).compactMap { $0.key.string }
        let mounts: [String] = services.values.flatMap { $0["volumes"]?.array(of: String.self) ?? [] }
        let used = mounts.compactMap { $0.split(separator: ":").first.map(String.init) }.filter { !$0.hasPrefix(".") }
        #expect(used.sorted() == declared.sorted())
    }

    private func settings(of proxy: Node) throws -> Settings {
        var environment: [String: String] = [:]
        for (name, value) in try #require(proxy["environment"]?.mapping) {
            environment[try #require(name.string)] = value.string
        }
        let file = Repository.path("docker/strata.yaml")
        return try ConfigurationSource(file: file, environment: environment).load().settings
    }

    /// A mapping with what its merge key (`<<`) brings, which its own keys win over.
    private static func merged(_ node: Node) -> Node {
        guard let mapping = node.mapping, let base = node["<<"]?.mapping else { return node }
        var pairs = mapping.filter { $0.key.string != "<<" }.map { ($0.key, $0.value) }
        for (key, value) in base where node[key] == nil { pairs.append((key, value)) }
        return Node(pairs)
    }
}
