/// The answer of one level for one key.
public enum Lookup<Value> {
    /// The level knows nothing: ask the next one.
    case miss
    /// The level knows that the key does not exist.
    case absent
    /// The level holds a value, which may well be empty or zero.
    case hit(Value)
}

extension Lookup: Sendable where Value: Sendable {}
extension Lookup: Equatable where Value: Equatable {}

extension Lookup {
    /// The value of a hit; nil for an absence and for a miss.
    public var value: Value? {
        if case .hit(let value) = self { value } else { nil }
    }
}
