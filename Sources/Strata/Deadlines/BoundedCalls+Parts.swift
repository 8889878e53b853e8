import StrataCore

extension BoundedCalls {
    /// A store whose calls end by their deadlines: the store itself when they do anyway.
    func bound(_ store: any Store) -> any Store {
        store.keepsDeadlines ? store : BoundedStore(base: store, calls: self)
    }

    /// A tier whose calls end by their deadlines.
    func bound(_ tier: any CacheTier) -> any CacheTier {
        tier.keepsDeadlines ? tier : BoundedTier(base: tier, calls: self)
    }

    /// A source whose calls end by their deadlines.
    func bound(_ source: any InvalidationSource) -> any InvalidationSource {
        source.keepsDeadlines ? source : BoundedSource(base: source, calls: self)
    }

    /// Makes a call that may throw; see `make(_:by:_:failure:)`.
    func makeThrowing<Output: Sendable>(
        _ part: String, by deadline: ContinuousClock.Instant,
        _ body: @escaping @Sendable () async throws(StrataError) -> Output
    ) async throws(StrataError) -> Output {
        let result = await make(part, by: deadline) { () -> Result<Output, StrataError> in
            do throws(StrataError) { return .success(try await body()) } catch { return .failure(error) }
        } failure: {
            .failure($0)
        }
        return try result.get()
    }
}
