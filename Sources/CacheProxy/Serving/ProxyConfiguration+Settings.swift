import StrataConfiguration
import StrataProxy

extension ProxyConfiguration {
    init(_ settings: ListenSettings) {
        self.init(
            resp: Address(host: settings.resp.host, port: settings.resp.port),
            http: settings.http.map { Address(host: $0.host, port: $0.port) },
            users: settings.password.map { [ProxyUser(password: $0.reveal())] } ?? [],
            httpToken: settings.token?.reveal(), maximumClients: settings.maximumClients,
            version: Release.version,
            libraryVersions: Release.libraryVersions)
    }
}
