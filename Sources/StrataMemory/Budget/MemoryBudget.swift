import NIOConcurrencyHelpers
public import StrataCore
import Synchronization

/// A bound in bytes that several caches share: what one doesn't need, another may use.
///
/// When the caches together exceed it, entries of whichever has been left unused the longest make room, found by looking
/// at a few stripes at random and evicting from the one whose next victim is the oldest. The bound holds whenever a call to
/// a cache has returned, but for what other calls are just about to take back.
/// Source: sampling as in Psounis and Prabhakar, "A randomized web-cache replacement scheme", INFOCOM 2001.
public final class MemoryBudget: Sendable {
    /// How many stripes are looked at for each that is evicted from.
    private static let samples = 5

    /// The bound, in bytes.
    public let capacityBytes: Int
    private let used = Atomic<Int>(0)
    private let members = NIOLockedValueBox<[Member]>([])

    private struct Member {
        weak var core: MemoryCore?
    }

    /// A budget that no cache uses yet.
    ///
    /// - Parameter capacityBytes: within `MemoryConfiguration.capacityRange`.
    /// - Throws: `configuration` when it is not.
    public init(capacityBytes: Int) throws(StrataError) {
        let range = MemoryConfiguration.capacityRange
        guard range.contains(capacityBytes) else {
            throw StrataError(
                .configuration,
                "a memory budget of \(capacityBytes) bytes is not in \(range.lowerBound)...\(range.upperBound)")
        }
        self.capacityBytes = capacityBytes
    }

    /// What the caches use together, in bytes.
    public var usedBytes: Int { used.load(ordering: .relaxed) }

    var isExceeded: Bool { usedBytes > capacityBytes }

    func join(_ core: MemoryCore) {
        members.withLockedValue { members in
            members.removeAll { $0.core == nil }
            members.append(Member(core: core))
        }
    }

    /// Takes note of bytes that a member took, or gave back.
    func account(_ change: Int) {
        if change != 0 { used.wrappingAdd(change, ordering: .relaxed) }
    }

    /// Evicts until the caches fit, or none has entries any more.
    func reclaim() {
        while isExceeded {
            let cores = members.withLockedValue { $0.compactMap(\.core) }
            guard let (core, stripe) = oldest(of: sample(cores)) ?? oldest(of: everything(cores)) else { return }
            core.evict(usedBytes - capacityBytes, from: stripe)
        }
    }

    private typealias Candidate = (core: MemoryCore, stripe: MemoryStripe)

    private func sample(_ cores: [MemoryCore]) -> [Candidate] {
        (0..<MemoryBudget.samples).compactMap { _ in
            guard let core = cores.randomElement(), let stripe = core.stripes.randomElement() else { return nil }
            return (core, stripe)
        }
    }

    private func everything(_ cores: [MemoryCore]) -> [Candidate] {
        cores.flatMap { core in core.stripes.map { (core, $0) } }
    }

    /// The candidate whose next victim has been unused the longest; nil when none has entries.
    private func oldest(of candidates: [Candidate]) -> Candidate? {
        var found: (candidate: Candidate, age: Duration)?
        for candidate in candidates {
            guard let age = candidate.core.victimAge(candidate.stripe) else { continue }
            if found.map({ age > $0.age }) ?? true { found = (candidate, age) }
        }
        return found?.candidate
    }
}
