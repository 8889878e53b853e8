import HTTPTypes
import Hummingbird
import NIOCore
import Strata
import StrataCore

/// Answers HTTP requests: health, metrics, and entries by key.
struct APIResponder: HTTPResponder {
    typealias Context = BasicRequestContext

    let levels: ProxyLevels
    let metrics: ProxyMetrics
    let access: HTTPAccess
    /// How long a value may be that is sent, in bytes.
    let maximumValueBytes: Int

    func respond(to request: Hummingbird.Request, context: Context) async throws -> Response {
        do throws(APIError) {
            return try await respond(to: request)
        } catch {
            return error.response
        }
    }

    private func respond(to request: Hummingbird.Request) async throws(APIError) -> Response {
        let route = HTTPRoute(target: request.head.path ?? "")
        switch route {
        case .live:
            try allow([.get, .head], request)
            return text("ok\n")
        case .ready:
            try allow([.get, .head], request)
            return await readiness()
        case .metrics:
            try authorize(request)
            try allow([.get, .head], request)
            return text(metrics.text(), type: PrometheusText.contentType)
        case .entry(let key):
            try authorize(request)
            try allow([.get, .head, .put, .delete], request)
            switch request.method {
            case .put: return try await put(key, request)
            case .delete: return try await delete(key, request)
            default: return try await get(key, request)
            }
        case .badKey(let reason):
            try authorize(request)
            throw APIError(.badRequest, "bad-key", reason)
        case .nothing:
            throw APIError(
                .notFound, "no-such-path",
                "there are /health/live, /health/ready, /metrics and /v1/kv/KEY; a / in a key may be written as it is")
        }
    }

    private func allow(_ methods: [HTTPRequest.Method], _ request: Hummingbird.Request) throws(APIError) {
        guard !methods.contains(request.method) else { return }
        let names = methods.map(\.rawValue).joined(separator: ", ")
        var error = APIError(.methodNotAllowed, "method-not-allowed", "use one of \(names)")
        error.headers[.allow] = names
        throw error
    }

    private func authorize(_ request: Hummingbird.Request) throws(APIError) {
        try access.authorize(authorization: request.headers[.authorization], authority: request.head.authority)
    }

    private func text(_ text: String, type: String = "text/plain; charset=utf-8") -> Response {
        Response(
            status: .ok, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    /// 503 when nothing can be served, which is when every part of the store is down; a failing level 2 or a failing
    /// shard among others leaves the proxy ready, and degraded. The body lists every part, healthy or not.
    private func readiness() async -> Response {
        let parts = await levels.health()
        let isReady = parts.canServe
        let isDegraded = parts.contains { $0.health.error != nil }
        let components = parts.map { part in
            let error = part.health.error.map { ",\"error\":\(JSONText.string($0.description))" } ?? ""
            return "{\"level\":\"\(part.level)\",\"name\":\(JSONText.string(part.health.name)),"
                + "\"state\":\"\(part.health.state.name)\"\(error)}"
        }
        let status = isReady ? (isDegraded ? "degraded" : "ready") : "unavailable"
        let body = "{\"status\":\"\(status)\",\"components\":[\(components.joined(separator: ","))]}\n"
        return Response(
            status: isReady ? .ok : .serviceUnavailable, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: body)))
    }
}
