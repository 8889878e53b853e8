import StrataCore

/// A request that a connection makes for itself, to set its session up or to see whether the server is there.
final class SessionRequest: Request, @unchecked Sendable {
    private let sql: String
    private let list: ParameterList
    // Guarded by being used on the reactor's thread only, both.
    private let done: (Result<String, StrataError>) -> Void
    private var kept: Result<String, StrataError>?

    /// - Parameter done: gets the first cell of the first row, empty without one.
    init(sql: String, _ list: ParameterList = ParameterList(), done: @escaping (Result<String, StrataError>) -> Void) {
        self.sql = sql
        self.list = list
        self.done = done
        super.init(statement: nil, isRepeatable: false, deadline: .now + .seconds(3600))
    }

    override var text: String { sql }
    override func parameters() -> ParameterList { list }
    override func keep(_ result: ServerResult) {
        kept = .success(result.rowCount > 0 ? result.text(0, 0) ?? "" : "")
    }
    override func keep(_ error: StrataError) { kept = .failure(error) }
    override func complete() { done(kept ?? .failure(StrataError(.server, "the session's request has no result"))) }
    // The connection that fails it is closing, and tells its owner itself.
    override func fail(_ error: StrataError) {}
    override var isFinished: Bool { false }
}
