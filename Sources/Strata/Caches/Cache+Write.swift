public import StrataCore

extension Cache {
    /// Writes a value through: the store first, then every level, here and in the other processes.
    ///
    /// - Parameters:
    ///   - value: the value to write.
    ///   - key: the cache's own key.
    ///   - tags: labels by which copies of the value can be invalidated together.
    ///   - expiry: how long the value lives in the store; nil takes the policy's `timeToLive`.
    /// - Returns: a receipt with the version the write made, for reads that must see it.
    /// - Throws: the store's error, in which case the value may have been written only if its `mayHaveHappened` says so;
    ///   `serialization` when the value can't be encoded.
    @discardableResult
    public func set(
        _ value: Value, for key: Key, tags: [Tag] = [], expiresAfter expiry: Duration? = nil
    ) async throws(StrataError) -> WriteReceipt {
        let bytes = try serializer.stored(value, key: key)
        let lifetime = expiry ?? policy.timeToLive ?? (policy.persistence == .levels ? policy.shared.ttl : nil)
        if let lifetime, lifetime <= .zero {
            throw StrataError(.invalidArgument, "key '\(key)': an expiry must be above zero, not \(lifetime)")
        }
        let written = try await apply(
            Mutation(.put(bytes, tags: tags), key: key, expiry: lifetime.map { .after($0) } ?? .never))
        return WriteReceipt(version: written.outcome.version, reachedEveryLevel: written.reachedEveryLevel)
    }

    /// Removes a key from the store and every level, here and in the other processes.
    ///
    /// - Returns: a receipt with the version of the tombstone, or of the absence that was there already.
    /// - Throws: the store's error.
    @discardableResult
    public func remove(_ key: Key) async throws(StrataError) -> WriteReceipt {
        let written = try await apply(Mutation(.delete, key: key))
        if !written.outcome.applied { try await engine.invalidate([key]) }
        return WriteReceipt(version: written.outcome.version, reachedEveryLevel: written.reachedEveryLevel)
    }

    /// Changes when the store's value expires.
    ///
    /// - Parameters:
    ///   - key: the cache's own key.
    ///   - lifetime: how long it lives from now on; nil for ever; zero or less removes it.
    /// - Returns: a receipt, or nil when the key does not exist or expires then already.
    /// - Throws: the store's error.
    @discardableResult
    public func expire(_ key: Key, after lifetime: Duration?) async throws(StrataError) -> WriteReceipt? {
        let written = try await apply(Mutation(.touch, key: key, expiry: lifetime.map { .after($0) } ?? .never))
        guard written.outcome.applied else { return nil }
        return WriteReceipt(version: written.outcome.version, reachedEveryLevel: written.reachedEveryLevel)
    }

    /// Drops the copies of a key in every level, here and in the other processes. The store keeps what it has.
    ///
    /// With the persistence `.levels` there is nothing but copies: the next read asks the loader.
    /// - Throws: the store's error when it can't say which version of the key it holds; memory has dropped its copy then.
    public func invalidate(_ key: Key) async throws(StrataError) {
        switch policy.persistence {
        case .store: try await engine.invalidate([key])
        case .levels: try await remove(key)
        }
    }

    private func apply(_ mutation: Mutation) async throws(StrataError) -> LevelChain.Written {
        try await engine.apply([mutation])[0].get()
    }
}
