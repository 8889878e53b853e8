/// The users of a proxy and their passwords.
struct Credentials: Sendable {
    private let users: [ProxyUser]

    init(_ users: [ProxyUser]) {
        self.users = users
    }

    /// Whether clients have to say who they are.
    var isRequired: Bool { !users.isEmpty }

    /// Whether a password alone can be right.
    var hasDefaultUser: Bool { users.contains { $0.name == "default" } }

    /// The user that a name and a password fit.
    ///
    /// The time taken tells neither how much of the password is right nor whether there is such a user: every user's
    /// password is compared, all of it.
    func user(named name: UnsafeRawBufferPointer, password: UnsafeRawBufferPointer) -> ProxyUser? {
        var found: ProxyUser?
        for user in users {
            let hasName = Credentials.isEqual(name, Array(user.name.utf8))
            let hasPassword = Credentials.isEqual(password, Array(user.password.utf8))
            if hasName && hasPassword { found = user }
        }
        return found
    }

    /// Whether two byte sequences are equal, in a time that depends on the candidate's length alone.
    static func isEqual(_ candidate: UnsafeRawBufferPointer, _ secret: [UInt8]) -> Bool {
        var difference = candidate.count ^ secret.count
        for index in 0..<candidate.count {
            let expected = secret.isEmpty ? 0 : secret[index % secret.count]
            difference |= Int(candidate[index] ^ expected)
        }
        return difference == 0
    }
}
