extension ConfigurationKey {
    /// Every key there is, in the order in which the README lists them.
    public static let all: [ConfigurationKey] = listen + levels + store + others

    private static let listen: [ConfigurationKey] = [
        ConfigurationKey("listen.resp", "127.0.0.1:6380", "where Redis clients connect; port 0 lets the system choose"),
        ConfigurationKey("listen.http", "127.0.0.1:8080", "where HTTP clients connect, or `none`"),
        ConfigurationKey(
            "listen.password", "none", "what Redis clients have to send with AUTH; needed beyond loopback",
            isSecret: true),
        ConfigurationKey(
            "listen.token", "none", "the bearer token of HTTP clients; needed beyond loopback", isSecret: true),
        ConfigurationKey("listen.max-clients", "10000", "how many Redis clients may be connected at once"),
        ConfigurationKey(
            "listen.event-loops", "cores - 1", "how many threads serve Redis clients; by default the cores but one"),
    ]

    private static let levels: [ConfigurationKey] = [
        ConfigurationKey("memory", "a mapping", "`none` for no level 1"),
        ConfigurationKey("memory.capacity", "256MiB", "the bound on keys, values and their bookkeeping"),
        ConfigurationKey("memory.policy", "adaptive", "how to choose what to drop when full: `adaptive` or `lru`"),
        ConfigurationKey(
            "memory.typical-entry", "256B",
            "what an entry takes of it, about: key, value and some 60 bytes; the smaller, the more locks share work"),
        ConfigurationKey(
            "memory.largest-entry-share", "0.125",
            "the largest part of the capacity one entry may take; a larger one is kept in the other levels only"),
        ConfigurationKey("memory.ttl", "60s", "how long a copy may live here at most, or `none`", isLive: true),
        ConfigurationKey(
            "memory.negative-ttl", "5s", "the same for the knowledge that a key is absent, or `none`", isLive: true),
        ConfigurationKey(
            "memory.stale-period", "none",
            "how much longer a value may be served when no newer one can be had, unless it is known to be replaced",
            isLive: true),
        ConfigurationKey(
            "memory.stale-soft-timeout", "none",
            "after how long a read takes such a value and lets the load go on without it", isLive: true),
        ConfigurationKey(
            "memory.stale-pause", "1s", "how long such a value is served without another load after one that failed",
            isLive: true),
        ConfigurationKey("redis", "none", "`none` for no level 2, as when it is left out"),
        ConfigurationKey(
            "redis.urls[]", "",
            "the servers, each as `redis://user:password@host:6379/0`; `rediss://` for TLS", isSecret: true),
        ConfigurationKey(
            "redis.mode", "standalone",
            "`standalone`: one server; `ring`: plain servers that share the copies as twemproxy does (ketama); `sentinel`: the master that sentinels name; `cluster`: a Redis Cluster"
        ),
        ConfigurationKey("redis.weights[]", "1", "in a ring: the share of each of the `urls`, relative to the others'"),
        ConfigurationKey(
            "redis.names[]", "host and port",
            "in a ring: what each server's places on it are made from; keep it when it moves"),
        ConfigurationKey(
            "redis.master", "none", "with sentinels, whose addresses are the `urls`: what they call the master"),
        ConfigurationKey(
            "redis.user", "none", "with sentinels: the user at the master; the `urls` have that at the sentinels"),
        ConfigurationKey("redis.password", "none", "with sentinels: the password at the master", isSecret: true),
        ConfigurationKey("redis.prefix", "\"\"", "what the keys in Redis start with"),
        ConfigurationKey("redis.ttl", "10m", "how long a copy may live there at most", isLive: true),
        ConfigurationKey(
            "redis.timeout", "250ms", "how long a read may take before it goes on to the store, and a write at most"),
        ConfigurationKey("redis.read-timeout", "the timeout", "the same for reads alone"),
        ConfigurationKey("redis.write-timeout", "the timeout", "the same for writes alone"),
        ConfigurationKey(
            "redis.hedge-quantile", "none",
            "reads slower than this part of them, such as 0.95, are sent once more, a tenth of all at most"),
        ConfigurationKey("redis.connections", "1", "connections per event loop; each carries many callers at once"),
        ConfigurationKey(
            "redis.tls.ca", "the system's",
            "with `rediss://`: the file of the authorities that may issue the servers' certificates, PEM"),
        ConfigurationKey(
            "redis.tls.certificate", "none",
            "with `rediss://`: the file of the certificate to show to servers that ask for one, PEM"),
        ConfigurationKey("redis.tls.key", "none", "the file of that certificate's key, PEM without a passphrase"),
        ConfigurationKey(
            "redis.tls.server-name", "each URL's host",
            "with `rediss://`: the host that the servers' certificates have to be for"),
    ]

    private static let store: [ConfigurationKey] = [
        ConfigurationKey("store", "embedded", "`none` for no store: nothing outlives its copies"),
        ConfigurationKey("store.embedded.path", "./strata-data", "the directory of the embedded store"),
        ConfigurationKey("store.embedded.shards", "4", "over how many files a new directory is spread"),
        ConfigurationKey(
            "store.embedded.durability", "full", "`full` outlives a loss of power, `process` only the process"),
        ConfigurationKey("store.embedded.timeout", "2s", "how long a read or a write may take in all"),
        ConfigurationKey("store.embedded.read-timeout", "the timeout", "the same for reads alone"),
        ConfigurationKey("store.embedded.write-timeout", "the timeout", "the same for writes alone"),
        ConfigurationKey("store.postgres.shards[].name", "shard-N", "what errors, metrics and the shard map call it"),
        ConfigurationKey(
            "store.postgres.shards[].url", "", "`postgresql://user@host:5432/database`, any libpq URI", isSecret: true),
        ConfigurationKey(
            "store.postgres.shards[].direct", "the url", "the same past a connection pooler, for what needs a session",
            isSecret: true
        ),
        ConfigurationKey(
            "store.postgres.shards[].replicas[]", "",
            "its streaming replicas, which answer reads as far as they are within `invalidation.bound`", isSecret: true),
        ConfigurationKey("store.postgres.shards[].weight", "1", "its share of the keys, relative to the others'"),
        ConfigurationKey("store.postgres.connections", "4", "connections per shard at most; each carries a pipeline"),
        ConfigurationKey("store.postgres.timeout", "2s", "how long a read or a write may take in all"),
        ConfigurationKey("store.postgres.read-timeout", "the timeout", "the same for reads alone"),
        ConfigurationKey("store.postgres.write-timeout", "the timeout", "the same for writes alone"),
        ConfigurationKey(
            "store.postgres.hedge-quantile", "none",
            "reads slower than this part of their shard's are sent once more, as far as retry-ratio allows"),
        ConfigurationKey(
            "store.postgres.idle-limit", "30s",
            "how long a connection may be idle before a round trip has to show that it works"),
        ConfigurationKey(
            "store.postgres.maximum-age", "30m", "how long a connection is used, less a random part of up to a fifth"),
        ConfigurationKey(
            "store.postgres.retry-ratio", "0.1", "which part of a shard's requests may be sent again after a failure"),
        ConfigurationKey(
            "store.postgres.prepared", "auto",
            "whether statements are prepared once per connection: `auto`, unless the url leads to a pooler; `on`; `off`"
        ),
    ]

    private static let others: [ConfigurationKey] = [
        ConfigurationKey(
            "breaker.failure-ratio", "0.5", "which part of a server's requests has to fail for its circuit to open"),
        ConfigurationKey("breaker.slow-ratio", "0.9", "which part of them has to be slow for it"),
        ConfigurationKey("breaker.slow-share", "0.5", "from which part of its level's timeout on a request is slow"),
        ConfigurationKey("breaker.minimum-calls", "20", "how many requests it takes to judge a server"),
        ConfigurationKey("breaker.window", "10s", "how far back requests count"),
        ConfigurationKey("breaker.trials", "3", "how many requests try whether the server is back"),
        ConfigurationKey("breaker.pause", "250ms", "how long a server is left alone before them at first, less jitter"),
        ConfigurationKey("breaker.longest-pause", "5s", "to how long that grows while they fail"),
        ConfigurationKey(
            "invalidation.sources[]", "redis-log with Redis", "how processes learn of each other's writes: `redis-log`"),
        ConfigurationKey("invalidation.bound", "2s", "how stale a copy may become; not enforced by this version"),
        ConfigurationKey(
            "log.level", "info", "`trace`, `debug`, `info`, `notice`, `warning`, `error` or `critical`", isLive: true),
    ]
}
