import HTTPTypes
import Hummingbird
import NIOCore
import StrataCore

extension APIResponder {
    /// The value: 200 with its version as ETag, 304 when the client has that version, 404 when there is none.
    ///
    /// `Cache-Control: no-cache` asks the store, whose answer also has the time left in `Strata-TTL`.
    func get(_ key: Key, _ request: Hummingbird.Request) async throws(APIError) -> Response {
        let isStrong = request.headers[.cacheControl]?.lowercased().contains("no-cache") ?? false
        // Level 1 counts look-ups by bytes only.
        if !isStrong { key.bytes.withUnsafeBytes { levels.memory.withBytes($0) { _ in } } }
        let entry = try await read(key, freshness: isStrong ? .strong : .cached)
        guard let bytes = entry.bytes else {
            throw APIError(.notFound, "not-found", "there is no value under this key; PUT one")
        }
        var headers: HTTPFields = [
            .contentType: "application/octet-stream", .eTag: EntityTags.tag(of: entry.version),
        ]
        if isStrong, let remaining = entry.remaining, let name = HTTPField.Name(LifetimeHeader.name) {
            headers[name] = LifetimeHeader.text(remaining)
        }
        if let known = try tags(request, .ifNoneMatch), known.matches(entry.version) {
            return Response(status: .notModified, headers: headers)
        }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// Sets the value: 201 when there was none, else 204; 412 when the condition fails.
    func put(_ key: Key, _ request: Hummingbird.Request) async throws(APIError) -> Response {
        let condition = try await condition(on: key, request)
        var expiry = Mutation.Expiry.never
        if let text = HTTPField.Name(LifetimeHeader.name).flatMap({ request.headers[$0] }) {
            guard let lifetime = LifetimeHeader.parse(text) else {
                throw APIError(
                    .badRequest, "bad-ttl", "\(LifetimeHeader.name) takes a number above 0 and a unit, such as 60s")
            }
            expiry = .after(lifetime)
        }
        let value = try await value(request)
        let outcome = try await apply(Mutation(.put(value), key: key, condition: condition, expiry: expiry))
        guard outcome.applied else { throw preconditionFailed }
        return Response(
            status: outcome.existed ? .noContent : .created, headers: [.eTag: EntityTags.tag(of: outcome.version)])
    }

    /// Removes the value: 204, 404 when there is none, 412 when the condition fails.
    func delete(_ key: Key, _ request: Hummingbird.Request) async throws(APIError) -> Response {
        let condition = try await condition(on: key, request)
        let outcome = try await apply(Mutation(.delete, key: key, condition: condition))
        if outcome.applied { return Response(status: .noContent) }
        if condition != .always { throw preconditionFailed }
        throw APIError(.notFound, "not-found", "there is no value under this key")
    }

    private var preconditionFailed: APIError {
        APIError(
            .preconditionFailed, "precondition-failed",
            "the value is not in the state that If-Match or If-None-Match asks for: GET it, and decide again")
    }

    /// The condition that a request's headers set on a change.
    private func condition(
        on key: Key, _ request: Hummingbird.Request
    ) async throws(APIError) -> Mutation.Condition {
        let required = try tags(request, .ifMatch)
        let refused = try tags(request, .ifNoneMatch)
        switch (required, refused) {
        case (nil, nil): return .always
        case (nil, .any): return .ifAbsent
        case (.any, nil): return .ifPresent
        case (.versions(let versions), nil):
            if versions.count == 1 { return .ifVersion(versions[0]) }
            let present = try await read(key, freshness: .strong)
            guard present.bytes != nil, versions.contains(present.version) else { throw preconditionFailed }
            return .ifVersion(present.version)
        default:
            throw APIError(
                .badRequest, "bad-condition",
                "a change takes either If-Match or If-None-Match: *, and no other combination of them")
        }
    }

    private func tags(_ request: Hummingbird.Request, _ name: HTTPField.Name) throws(APIError) -> EntityTags? {
        guard let text = request.headers[name] else { return nil }
        guard let tags = EntityTags(text) else {
            throw APIError(.badRequest, "bad-condition", "\(name) takes * or entity tags in double quotes")
        }
        return tags
    }

    private func value(_ request: Hummingbird.Request) async throws(APIError) -> [UInt8] {
        let tooLarge = APIError(
            .contentTooLarge, "too-large", "a value may have at most \(maximumValueBytes) bytes")
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > maximumValueBytes {
            throw tooLarge
        }
        var bytes: [UInt8] = []
        do {
            for try await part in request.body {
                guard bytes.count + part.readableBytes <= maximumValueBytes else { throw tooLarge }
                bytes += part.readableBytesView
            }
        } catch let error as APIError {
            throw error
        } catch {
            throw APIError(.badRequest, "bad-body", "the body did not come completely")
        }
        return bytes
    }

    private func read(_ key: Key, freshness: Freshness) async throws(APIError) -> Entry {
        switch await levels.cache.read([key], freshness: freshness)[0] {
        case .success(let entry): return entry
        case .failure(let error): throw APIError(error)
        }
    }

    private func apply(_ mutation: Mutation) async throws(APIError) -> MutationOutcome {
        switch await levels.cache.apply([mutation])[0] {
        case .success(let outcome): return outcome
        case .failure(let error): throw APIError(error)
        }
    }
}
