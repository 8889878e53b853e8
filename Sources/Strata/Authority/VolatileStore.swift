public import StrataCore
public import StrataMemory
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The store of a manager that has none: the memory level itself is the authority, and its atomicity ends at the process.
///
/// Entries live until they expire or memory needs their room, so nothing here is promised to last. Mutations are atomic per
/// key. With no memory level either, it knows no key and only makes versions: the store of caches that live in their own
/// levels alone.
public final class VolatileStore: Store {
    public let name = "memory"
    public let keepsDeadlines = true

    private let memory: MemoryCache<[UInt8]>?
    private let time: TimeSource
    private let sequence = Atomic<UInt64>(0)
    private let generation = Atomic<UInt64>(1)
    /// The wall clock's time, in milliseconds since 1970, at the monotonic clock's zero.
    private let epoch: Int64

    /// - Parameters:
    ///   - memory: the engine that holds the entries; nil for a store that holds nothing.
    ///   - time: the engine's time source.
    public init(memory: MemoryCache<[UInt8]>?, time: TimeSource = .system) {
        self.memory = memory
        self.time = time
        epoch = Self.epoch(of: time)
    }

    public func read(_ keys: [Key], context: StoreContext) async -> [Result<Entry, StrataError>] {
        keys.map { key in
            Result { () throws(StrataError) in
                try check(key, context)
                return memory?.entry(key).map { state(of: $0).entry(at: now) } ?? .absent(version: currentVersion)
            }
        }
    }

    public func apply(_ mutations: [Mutation], context: StoreContext) async -> [Result<MutationOutcome, StrataError>] {
        mutations.map { mutation in
            Result { () throws(StrataError) in try apply(mutation, context) }
        }
    }

    /// Always refused for more than one mutation: the engine's locks cover one key each.
    public func applyAtomically(
        _ mutations: [Mutation], context: StoreContext
    ) async throws(StrataError) -> [MutationOutcome] {
        guard mutations.count <= 1 else {
            throw StrataError(
                .invalidArgument,
                "without a store, several keys can't be changed in one transaction; configure an embedded store or Postgres"
            )
        }
        var outcomes: [MutationOutcome] = []
        for mutation in mutations { outcomes.append(try apply(mutation, context)) }
        return outcomes
    }

    public func scan(
        from start: KeyPosition, count: Int, context: StoreContext
    ) async throws(StrataError) -> ScanPage {
        guard (1...10_000).contains(count) else {
            throw StrataError(.invalidArgument, "a page of a scan has 1 to 10,000 keys, not \(count)")
        }
        guard let memory else { return ScanPage(keys: [], next: nil) }
        let page = memory.keys(from: start, count: count)
        return ScanPage(keys: page.keys.map { ($0, .string) }, next: page.next)
    }

    public func count(context: StoreContext) async throws(StrataError) -> Int { memory?.count ?? 0 }

    public func removeAll(context: StoreContext) async throws(StrataError) {
        generation.wrappingAdd(1, ordering: .relaxed)
        memory?.removeAll()
    }

    public func invalidate(_ tag: Tag, context: StoreContext) async throws(StrataError) -> [String: Version] {
        [name: nextVersion()]
    }

    public func health(context: StoreContext) async -> [ServerHealth] { [ServerHealth(name)] }

    /// The version of an absence: nothing is remembered of keys that are gone, so it is that of the latest write of any.
    private var currentVersion: Version { version(sequence.load(ordering: .relaxed)) }

    private func nextVersion() -> Version { version(sequence.wrappingAdd(1, ordering: .relaxed).newValue) }

    private func version(_ sequence: UInt64) -> Version {
        Version(generation: generation.load(ordering: .relaxed) & Version.maximumGeneration, sequence: sequence)
    }

    private func check(_ key: Key, _ context: StoreContext) throws(StrataError) {
        guard ContinuousClock.now < context.deadline else {
            throw StrataError(.timeout, "key '\(key)': the request's deadline had passed before it began")
        }
        guard key.bytes.count <= Key.maximumLength else {
            throw StrataError(
                .invalidArgument,
                "key '\(key)' has \(key.bytes.count) bytes, more than the \(Key.maximumLength) allowed")
        }
    }

    private func apply(_ mutation: Mutation, _ context: StoreContext) throws(StrataError) -> MutationOutcome {
        try check(mutation.key, context)
        if case .put(_, let type, _) = mutation.operation, type != .string, type != .loadedAbsence {
            throw StrataError(
                .invalidOperation,
                "key '\(mutation.key)': without a store only strings can be kept; configure an embedded store or Postgres"
            )
        }
        guard let memory else { return try outcome(of: mutation, on: nil).1 }
        return try memory.update(mutation.key) { (entry) throws(StrataError) in try outcome(of: mutation, on: entry) }
    }

    private func outcome(
        of mutation: Mutation, on entry: MemoryEntry<[UInt8]>?
    ) throws(StrataError) -> (MemoryUpdate<[UInt8]>, MutationOutcome) {
        let now = self.now
        let before =
            entry.map { state(of: $0).live(at: now) }
            ?? StoredState(content: .absent, version: currentVersion)
        let existed = before.content != .absent
        let previous = existed && mutation.returnsPrevious ? before.entry(at: now) : nil
        switch try mutation.decide(on: before, at: now) {
        case .keep:
            return (
                .keep,
                MutationOutcome(applied: false, existed: existed, version: before.version, previous: previous)
            )
        case .delete:
            let version = nextVersion()
            return (
                .remove,
                MutationOutcome(
                    applied: true, existed: existed, version: version, current: .absent(version: version),
                    previous: previous)
            )
        case .write(let content, let deadline, let tags):
            let after = StoredState(content: content, version: nextVersion(), deadline: deadline, tags: tags)
            guard case .value(let bytes, _) = content else { preconditionFailure("a mutation wrote \(content)") }
            let update: MemoryUpdate<[UInt8]> = .set(
                .value(bytes), version: after.version, deadline: timestamp(of: deadline), tags: tags)
            return (
                update,
                MutationOutcome(
                    applied: true, existed: existed, version: after.version, current: after.entry(at: now),
                    previous: previous)
            )
        }
    }

    private func state(of entry: MemoryEntry<[UInt8]>) -> StoredState {
        let content: Entry.Content =
            switch entry.content {
            case .value(let bytes): .value(bytes, .string)
            case .absent: .absent
            }
        return StoredState(
            content: content, version: entry.version, deadline: milliseconds(of: entry.deadline), tags: entry.tags)
    }

    // MARK: Time

    // Mutations count in milliseconds since 1970, memory on the monotonic clock. The two are tied together once, so that a
    // deadline survives the way into memory and back to the millisecond, and no step of the wall clock moves it.

    private var now: Int64 { epoch + Int64(time.now.nanoseconds / 1_000_000) }

    private func timestamp(of deadline: Int64?) -> Timestamp {
        guard let deadline else { return .distantFuture }
        let (milliseconds, overflow) = deadline.subtractingReportingOverflow(epoch)
        guard !overflow, milliseconds > 0 else { return overflow ? .distantFuture : .distantPast }
        return Timestamp(nanoseconds: 0).advanced(by: .milliseconds(milliseconds))
    }

    private func milliseconds(of deadline: Timestamp) -> Int64? {
        deadline == .distantFuture ? nil : epoch + Int64(deadline.nanoseconds / 1_000_000)
    }

    private static func epoch(of time: TimeSource) -> Int64 {
        var wall = timespec()
        clock_gettime(CLOCK_REALTIME, &wall)
        let milliseconds = Int64(wall.tv_sec) * 1000 + Int64(wall.tv_nsec) / 1_000_000
        return milliseconds - Int64(time.now.nanoseconds / 1_000_000)
    }
}
