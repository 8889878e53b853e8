import StrataCore

/// One statement of one caller, on its way through a pool and over a connection.
///
/// Several requests of one kind may travel as one statement: one of them carries the others as passengers.
///
/// It is its own timer: the reactor fires it at the caller's deadline.
class Request: ReactorEvent, @unchecked Sendable {
    /// The statement to prepare once per connection; nil for one that is parsed each time.
    let statement: StoreStatement?
    /// Whether running it twice does the same as running it once.
    let isRepeatable: Bool
    /// Whether it is of a kind that can share a statement with others.
    let travelsTogether: Bool

    // Guarded by being used on the reactor's thread only, all below.
    /// Who is told when the caller's time is over.
    var keeper: (any RequestKeeper)?
    var attempts = 0
    var sentAt: ContinuousClock.Instant?
    /// The connection it was sent on and not completed yet.
    var connection: Connection?
    /// A statement that it shared failed: it has to find out by itself whether it was its fault.
    var travelsAlone = false
    private(set) var passengers: [Request] = []

    init(
        statement: StoreStatement?, isRepeatable: Bool, travelsTogether: Bool = false,
        deadline: ContinuousClock.Instant
    ) {
        self.statement = statement
        self.isRepeatable = isRepeatable
        self.travelsTogether = travelsTogether
        super.init(at: deadline)
    }

    final override func fire() {
        let keeper = keeper
        self.keeper = nil
        keeper?.expired(self)
    }

    /// The statement's text.
    var text: String { statement?.sql ?? "" }

    /// The parameters, passengers' included; asked for at each sending.
    func parameters() -> ParameterList { fatalError("a request has parameters") }

    /// Whether it may share its statement.
    final var isMergeable: Bool { travelsTogether && !travelsAlone }

    /// Whether the other request can travel as a passenger of this one. Complexity: O(what the other asks for).
    func canCarry(_ other: Request) -> Bool { false }

    /// Takes the other request along, which `canCarry` has allowed.
    func carry(_ other: Request) { passengers.append(other) }

    /// Lets go of the passengers.
    func unload() { passengers = [] }

    /// Takes in the result, for itself and its passengers.
    func keep(_ result: ServerResult) { fatalError("a request has a result") }

    /// Takes in the error, for itself and its passengers.
    func keep(_ error: StrataError) { fatalError("a request has an error") }

    /// Answers the caller with what was kept.
    func complete() { fatalError("a request is completed") }

    /// Answers the caller with an error.
    func fail(_ error: StrataError) { fatalError("a request can fail") }

    /// Whether the caller has an answer, if only that it was cancelled.
    var isFinished: Bool { fatalError("a request can be finished") }

    /// Itself and its passengers.
    final var everyone: [Request] { [self] + passengers }

    /// Calls the closure with itself and with each passenger, without making an array of them.
    final func visit(_ body: (Request) -> Void) {
        body(self)
        for passenger in passengers { body(passenger) }
    }
}

/// Who sees to the caller's deadline, on the reactor's thread.
protocol RequestKeeper: AnyObject {
    /// The time is over; the request has no answer yet, or it was cancelled.
    func expired(_ request: Request)
}

/// A request that travels alone and answers what the closure makes of its result.
final class SingleRequest<Output: Sendable>: Request, @unchecked Sendable {
    let completion = Completion<Output>()
    private let sql: String
    private let list: ParameterList
    private let decode: (ServerResult) throws(StrataError) -> Output
    // Guarded by being used on the reactor's thread only.
    private var kept: Result<Output, StrataError>?

    /// A request of a statement to be prepared.
    init(
        _ statement: StoreStatement, _ parameters: ParameterList, isRepeatable: Bool,
        deadline: ContinuousClock.Instant,
        decode: @escaping @Sendable (ServerResult) throws(StrataError) -> Output
    ) {
        sql = statement.sql
        list = parameters
        self.decode = decode
        super.init(statement: statement, isRepeatable: isRepeatable, deadline: deadline)
    }

    /// A request of a statement that is parsed each time, such as a user's.
    init(
        sql: String, _ parameters: ParameterList = ParameterList(), isRepeatable: Bool = false,
        deadline: ContinuousClock.Instant,
        decode: @escaping @Sendable (ServerResult) throws(StrataError) -> Output
    ) {
        self.sql = sql
        list = parameters
        self.decode = decode
        super.init(statement: nil, isRepeatable: isRepeatable, deadline: deadline)
    }

    override var text: String { sql }

    override func parameters() -> ParameterList { list }

    override func keep(_ result: ServerResult) {
        do throws(StrataError) {
            kept = .success(try decode(result))
        } catch {
            kept = .failure(error)
        }
    }

    override func keep(_ error: StrataError) { kept = .failure(error) }

    override func complete() {
        completion.finish(kept ?? .failure(StrataError(.server, "the statement was completed without a result")))
    }

    override func fail(_ error: StrataError) { completion.finish(.failure(error)) }

    override var isFinished: Bool { completion.isFinished }
}
