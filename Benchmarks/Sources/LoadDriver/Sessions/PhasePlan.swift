/// All that the clients of a phase have in common.
package struct PhasePlan: Sendable {
    package var phase: Phase
    /// How many records there are.
    package var records: Int
    /// How many operations the phase has over all clients.
    package var operations: Int
    package var clients: Int
    /// How many requests a client has under way at most.
    package var depth: Int
    package var workload: Workload
    package var distribution: ScrambledZipfian
    package var valueBytes: Int
    package var seed: UInt64
    /// Which run it is, as its values carry it.
    package var run: UInt32
    /// Operations per second over all clients, or nil for as many as the server answers.
    package var rate: Double?
    /// Who judges what is read, if anyone does.
    package var ledger: WriteLedger?

    package init(
        phase: Phase, records: Int, operations: Int, clients: Int, depth: Int = 1, workload: Workload = .c,
        theta: Double = 0.99, valueBytes: Int = 100, seed: UInt64 = 1, run: UInt32 = 1, rate: Double? = nil,
        ledger: WriteLedger? = nil
    ) {
        self.phase = phase
        self.records = records
        self.operations = operations
        self.clients = clients
        self.depth = depth
        self.workload = workload
        self.distribution = ScrambledZipfian(records: records, theta: theta)
        self.valueBytes = valueBytes
        self.seed = seed
        self.run = run
        self.rate = rate
        self.ledger = ledger
    }

    /// How many of the operations a client has: they are dealt out in turn.
    func share(of client: Int) -> Int {
        operations / clients + (client < operations % clients ? 1 : 0)
    }

    /// The value of a write.
    package func value(of record: Int, _ ticket: WriteTicket) -> RecordValue {
        RecordValue(record: record, run: run, number: ticket.number)
    }
}
