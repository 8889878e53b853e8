import StrataCore
import Tracing

/// Makes a span of each call to a server, with OpenTelemetry's names for a database client.
///
/// A span names the operation and the server, never a key, a value or a credential; an error is its code, because messages
/// name keys. Source: OpenTelemetry's semantic conventions for database client spans, and those for Redis and PostgreSQL.
struct OperationSpans: Sendable {
    private let tracer: any Tracer
    private let kind: SpanKind
    private let target: String?
    private let attributes: SpanAttributes

    init(_ tracer: any Tracer, _ server: ObservedServer) {
        self.tracer = tracer
        kind = server.system == .sqlite ? .internal : .client
        target = server.target
        var attributes: SpanAttributes = [:]
        attributes["db.system.name"] = server.system.rawValue
        attributes["db.namespace"] = server.namespace
        attributes["server.address"] = server.address
        if server.address != nil { attributes["server.port"] = server.port }
        attributes["strata.level"] = server.level.rawValue
        attributes["strata.shard"] = server.shard
        self.attributes = attributes
    }

    /// Starts a span below that of the running task.
    ///
    /// - Parameters:
    ///   - operation: its `db.operation.name`.
    ///   - size: on how many keys.
    func start(_ operation: String, size: Int) -> any Span {
        let name = target.map { "\(operation) \($0)" } ?? operation
        let span: any Span = tracer.startSpan(name, ofKind: kind)
        span.updateAttributes { all in
            all.merge(attributes)
            all["db.operation.name"] = operation
            if size > 1 { all["db.operation.batch.size"] = size }
        }
        for context in SharedLoad.otherCallers { span.addLink(SpanLink(context: context, attributes: [:])) }
        return span
    }

    func end(_ span: any Span, _ failures: CallFailures?) {
        if let failures {
            let error = failures.first
            span.updateAttributes { all in
                all["error.type"] = error.code.name
                all["db.response.status_code"] = error.sqlState
                if failures.size > 1 { all["strata.failures"] = failures.count }
            }
            span.setStatus(SpanStatus(code: .error, message: error.code.name))
        }
        span.end()
    }
}
