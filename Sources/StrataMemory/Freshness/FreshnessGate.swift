public import StrataCore
import Synchronization

/// Until when the entries of each domain may be served; a domain is a pair of a shard and a Redis node.
///
/// An entry is only as fresh as the invalidations that would have removed it. Whoever follows those moves a domain's
/// time on with each heartbeat; when heartbeats stop coming, the entries of the domain stop being served by themselves,
/// with nobody there to remove them. Checking costs one relaxed atomic load a hit, and nothing for `open`.
public final class FreshnessGate: Sendable {
    /// The most domains a gate can have.
    public static let maximumDomains = 1 << 14
    /// The gate that never closes, for entries that nobody else can make stale.
    public static let open = FreshnessGate(domains: 0)

    /// How many domains the gate has; none for `open`.
    public let domains: Int
    // Safe to share: the pointer never changes, and what it points to are atomics.
    private nonisolated(unsafe) let trustedUntil: UnsafeMutablePointer<Atomic<UInt64>>

    /// A gate whose domains are all closed.
    ///
    /// - Parameter domains: `0 ... maximumDomains`, anything else traps; a gate of none never closes.
    public init(domains: Int) {
        precondition((0...FreshnessGate.maximumDomains).contains(domains), "a freshness gate of \(domains) domains")
        self.domains = domains
        trustedUntil = .allocate(capacity: max(domains, 1))
        for domain in 0..<domains {
            (trustedUntil + domain).initialize(to: Atomic(0))
        }
    }

    deinit {
        trustedUntil.deinitialize(count: domains)
        trustedUntil.deallocate()
    }

    /// Lets the entries of a domain be served before this time; an earlier one than before closes it earlier.
    ///
    /// - Parameters:
    ///   - domain: `0 ..< domains`; anything else traps.
    ///   - time: until when, `.distantPast` to close the domain, `.distantFuture` to keep it open.
    public func trust(_ domain: Int, until time: Timestamp) {
        precondition((0..<domains).contains(domain), "domain \(domain) of a freshness gate of \(domains)")
        trustedUntil[domain].store(time.nanoseconds, ordering: .relaxed)
    }

    /// Closes every domain.
    public func close() {
        for domain in 0..<domains {
            trust(domain, until: .distantPast)
        }
    }

    /// Whether entries of a domain may be served at this time; a domain the gate does not have may not.
    public func isTrusted(_ domain: Int, at now: Timestamp) -> Bool {
        guard domains > 0 else { return true }
        guard domain >= 0, domain < domains else { return false }
        let time = trustedUntil[domain].load(ordering: .relaxed)
        return now.nanoseconds < time || time == .max
    }
}
