extension RedisCommand {
    /// The `AUTH` that logs in as a URL says; nil when it has no password.
    init?(loginOf url: RedisURL) {
        guard let password = url.password else { return nil }
        self.init("AUTH")
        if let user = url.user { append(user) }
        append(password)
    }
}
