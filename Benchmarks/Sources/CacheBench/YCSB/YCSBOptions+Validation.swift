import ArgumentParser
import LoadDriver
import NIOCore

extension YCSBOptions {
    mutating func validate() throws {
        if inProcess {
            try require(address == nil, "--address and --in-process exclude each other")
            try require(config != nil, "--in-process needs --config FILE, which describes the levels")
            try require(pipeline == 1, "--pipeline is \(pipeline); a call in process has no pipeline")
        } else {
            try require(config == nil, "--config is for --in-process")
            _ = try serverAddress
        }
        try require((1...100_000_000).contains(records), "--records is \(records); give 1 to 100000000")
        try require(operations >= 0, "--operations is \(operations); give 0 or more")
        try require((1...10_000).contains(clients), "--clients is \(clients); give 1 to 10000")
        try require((1...10_000).contains(pipeline), "--pipeline is \(pipeline); give 1 to 10000")
        try require(rate.map { $0 > 0 && $0.isFinite } ?? true, "--rate is not above 0; leave it out for a closed loop")
        try require(theta > 0 && theta < 1, "--theta is \(theta); give a number above 0 and below 1")
        let shortest = verify ? RecordValue.headerLength : 1
        try require(
            (shortest...16_777_216).contains(valueBytes), "--value-bytes is \(valueBytes); give \(shortest) to 16777216"
        )
        try require(threads.map { (1...256).contains($0) } ?? true, "--threads is not within 1 to 256")
        try require((1...86_400).contains(timeout), "--timeout is \(timeout); give 1 to 86400 seconds")
        try require(!(loadOnly && skipLoad), "--load-only and --skip-load exclude each other")
    }

    /// The server's address.
    var serverAddress: ServerAddress {
        get throws {
            guard let address else {
                throw ValidationError("give --address HOST:PORT, or --in-process with --config FILE")
            }
            guard let parsed = ServerAddress(address) else {
                throw ValidationError("--address is '\(address)'; give HOST:PORT, such as 127.0.0.1:6380")
            }
            return parsed
        }
    }

    /// How many threads drive the clients.
    var threadCount: Int {
        min(clients, threads ?? max(1, System.coreCount / 2))
    }

    /// The plan of the run phase.
    func plan(run: UInt32) -> PhasePlan {
        PhasePlan(
            phase: .run, records: records, operations: operations, clients: clients, depth: pipeline,
            workload: workload, theta: theta, valueBytes: valueBytes, seed: seed, run: run, rate: rate,
            ledger: verify ? WriteLedger(records: records, run: run, recordsExist: skipLoad) : nil)
    }
}

extension Workload: ExpressibleByArgument {
    public init?(argument: String) {
        self.init(rawValue: argument.uppercased())
    }
}
