import NIOConcurrencyHelpers
import StrataCore
import StrataMemory

@testable import StrataProxy

/// A cache of one level and one store, both in memory, that answers at once or when the test says, and notes what it was
/// asked for.
final class TestCache: ServedCache {
    /// A call of the proxy, with what it asked for.
    enum Call: Hashable {
        case read([Key], Freshness)
        /// A read that needs no task.
        case question([Key])
        case apply([Key])
        case removeAll
    }

    /// What becomes of reads that need no task.
    enum Questions {
        case refused
        /// They wait for `answerQuestions()`.
        case answered
        /// So do these, and the answer is that it takes more than one question.
        case notEnough
    }

    /// `@unchecked Sendable`: made and called on one event loop.
    private struct Question: @unchecked Sendable {
        let keys: [Key]
        let answer: ([Result<Entry, StrataError>]?) -> Void
    }

    private struct State {
        var rows: [Key: StoredState] = [:]
        var version: UInt64 = 0
        var calls: [Call] = []
        var isHeld = false
        var held: [CheckedContinuation<Void, Never>] = []
        var questions = Questions.refused
        var asked: [Question] = []
        var failures: [Key: StrataError] = [:]
        var now: Int64 = 1_000_000_000_000
    }

    /// Level 1.
    let memory: MemoryCache<[UInt8]>
    private let state = NIOLockedValueBox(State())

    init() throws {
        memory = MemoryCache(try MemoryConfiguration(capacityBytes: 1 << 20)) { $0.count }
    }

    var calls: [Call] { state.withLockedValue { $0.calls } }

    /// How many calls wait for `release()`.
    var heldCount: Int { state.withLockedValue { $0.held.count } }

    /// Puts a value into the store.
    func store(_ key: Key, _ value: String) {
        state.withLockedValue { state in
            state.version += 1
            state.rows[key] = StoredState(
                content: .value(Array(value.utf8), .string), version: Version(rawValue: state.version))
        }
    }

    /// Puts a value, or the knowledge that there is none, into level 1.
    func cache(_ key: Key, _ value: String?) {
        let content = value.map { MemoryContent.value(Array($0.utf8)) } ?? .absent
        memory.insert(key, content, version: .zero, deadline: .distantFuture)
    }

    /// Makes everything that concerns a key fail.
    func fail(_ key: Key, _ error: StrataError) {
        state.withLockedValue { $0.failures[key] = error }
    }

    /// Moves the store's clock.
    func advance(milliseconds: Int64) {
        state.withLockedValue { $0.now += milliseconds }
    }

    /// Says what becomes of reads that need no task.
    func take(_ questions: Questions) {
        state.withLockedValue { $0.questions = questions }
    }

    /// Answers the reads that need no task, on the event loop that asked.
    func answerQuestions() {
        let asked = state.withLockedValue { state in
            defer { state.asked = [] }
            return state.asked
        }
        let isEnough = state.withLockedValue { $0.questions == .answered }
        for question in asked { question.answer(isEnough ? entries(question.keys) : nil) }
    }

    /// Lets calls wait from now on.
    func hold() {
        state.withLockedValue { $0.isHeld = true }
    }

    /// Answers the calls that wait, and all later ones.
    func release() {
        let held = state.withLockedValue { state in
            defer { state.held = [] }
            state.isHeld = false
            return state.held
        }
        for continuation in held { continuation.resume() }
    }

    private func note(_ call: Call) async {
        await withCheckedContinuation { continuation in
            let isHeld = state.withLockedValue { state in
                state.calls.append(call)
                if state.isHeld { state.held.append(continuation) }
                return state.isHeld
            }
            if !isHeld { continuation.resume() }
        }
    }

    func read(_ keys: [Key], answer: @escaping ([Result<Entry, StrataError>]?) -> Void) -> Bool {
        let question = Question(keys: keys, answer: answer)
        return state.withLockedValue { state in
            guard state.questions != .refused else { return false }
            state.calls.append(.question(keys))
            state.asked.append(question)
            return true
        }
    }

    func read(_ keys: [Key], freshness: Freshness) async -> [Result<Entry, StrataError>] {
        await note(.read(keys, freshness))
        return entries(keys)
    }

    private func entries(_ keys: [Key]) -> [Result<Entry, StrataError>] {
        state.withLockedValue { state in
            keys.map { key in
                if let error = state.failures[key] { return .failure(error) }
                let row = state.rows[key] ?? StoredState(content: .absent, version: .zero)
                return .success(row.entry(at: state.now))
            }
        }
    }

    func apply(_ mutations: [Mutation]) async -> [Result<MutationOutcome, StrataError>] {
        await note(.apply(mutations.map(\.key)))
        for mutation in mutations { memory.remove(mutation.key) }
        return state.withLockedValue { state in mutations.map { TestCache.apply($0, to: &state) } }
    }

    private static func apply(_ mutation: Mutation, to state: inout State) -> Result<MutationOutcome, StrataError> {
        if let error = state.failures[mutation.key] { return .failure(error) }
        let before = state.rows[mutation.key] ?? StoredState(content: .absent, version: .zero)
        let previous = before.entry(at: state.now)
        do throws(StrataError) {
            state.version += 1
            let version = Version(rawValue: state.version)
            let after: StoredState
            switch try mutation.decide(on: before, at: state.now) {
            case .keep:
                return .success(
                    MutationOutcome(
                        applied: false, existed: previous.bytes != nil, version: before.version,
                        previous: mutation.returnsPrevious && previous.bytes != nil ? previous : nil))
            case .delete:
                after = StoredState(content: .absent, version: version)
            case .write(let content, let deadline, let tags):
                after = StoredState(content: content, version: version, deadline: deadline, tags: tags)
            }
            state.rows[mutation.key] = after
            return .success(
                MutationOutcome(
                    applied: true, existed: previous.bytes != nil, version: version,
                    current: after.entry(at: state.now),
                    previous: mutation.returnsPrevious && previous.bytes != nil ? previous : nil))
        } catch {
            return .failure(error)
        }
    }

    private var positions: [(position: KeyPosition, key: Key)] {
        state.withLockedValue { state in
            state.rows.filter { $0.value.entry(at: state.now).bytes != nil }.keys.map { (KeyPosition(of: $0), $0) }
        }.sorted { $0.position < $1.position }
    }

    func scan(from start: KeyPosition, count: Int) async throws(StrataError) -> ScanPage {
        let rest = positions.filter { $0.position >= start }
        let page = rest.prefix(count)
        return ScanPage(
            keys: page.map { ($0.key, .string) }, next: rest.count > count ? page.last?.position.next : nil)
    }

    func count() async throws(StrataError) -> Int { positions.count }

    func removeAll() async throws(StrataError) {
        await note(.removeAll)
        memory.removeAll()
        state.withLockedValue { $0.rows = [:] }
    }
}
