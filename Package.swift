// swift-tools-version: 6.2
import PackageDescription

// Every target is built with the same settings; `STRATA_WARNINGS_AS_ERRORS=1` is how CI refuses a warning without
// making a newer compiler's new warning break somebody's build.
let strict = Context.environment["STRATA_WARNINGS_AS_ERRORS"] == "1"
let settings: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    ] + (strict ? [.treatAllWarnings(as: .error)] : [])

let package = Package(
    name: "strata",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Strata", targets: ["Strata"]),
        .library(name: "StrataConfiguration", targets: ["StrataConfiguration"]),
        .library(name: "StrataCore", targets: ["StrataCore"]),
        .library(name: "StrataMemory", targets: ["StrataMemory"]),
        .library(name: "StrataSharding", targets: ["StrataSharding"]),
        .library(name: "StrataRedis", targets: ["StrataRedis"]),
        .library(name: "StrataPostgres", targets: ["StrataPostgres"]),
        .library(name: "StrataEmbedded", targets: ["StrataEmbedded"]),
        .library(name: "StrataTelemetry", targets: ["StrataTelemetry"]),
        .library(name: "StrataEventLoops", targets: ["StrataEventLoops"]),
        .executable(name: "cache-proxy", targets: ["CacheProxy"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // No `pkgConfig`: hiredis' file carries a flag that SwiftPM prohibits, and its headers need no search path.
        .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"]), .brew(["hiredis"])]),
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"]), .brew(["libpq"])]),

        // What Swift has no operation for.
        .target(name: "CStrataThreads"),
        .target(name: "CStrataMemory"),

        .target(name: "StrataCore", swiftSettings: settings),
        .target(
            name: "StrataResilience",
            dependencies: [
                "StrataCore",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
            ],
            swiftSettings: settings),
        .target(
            name: "StrataTelemetry",
            dependencies: [
                "StrataCore", "StrataResilience",
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ],
            swiftSettings: settings),
        .target(
            name: "StrataEventLoops",
            dependencies: [
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: settings),
        .target(
            name: "StrataMemory",
            dependencies: [
                "StrataCore", "CStrataMemory", "CStrataThreads",
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
            ],
            swiftSettings: settings),
        .target(name: "StrataSharding", dependencies: ["StrataCore"], swiftSettings: settings),
        .target(
            name: "StrataRedis",
            dependencies: [
                "StrataCore", "StrataResilience", "StrataSharding", "CHiredis",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
            ],
            swiftSettings: settings),
        .target(
            name: "StrataPostgres",
            dependencies: [
                "StrataCore", "StrataResilience", "CLibPQ",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
            ],
            swiftSettings: settings),
        .target(
            name: "StrataEmbedded",
            dependencies: [
                "StrataCore",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
            ],
            swiftSettings: settings),
        .target(
            name: "Strata",
            dependencies: [
                "StrataCore", "StrataMemory", "StrataSharding", "StrataTelemetry",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ],
            swiftSettings: settings),
        .target(
            name: "StrataConfiguration",
            dependencies: [
                "Strata", "StrataCore", "StrataMemory", "StrataSharding", "StrataResilience", "StrataRedis",
                "StrataPostgres", "StrataEmbedded", "StrataTelemetry",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: settings),
        .target(
            name: "StrataProxy",
            dependencies: [
                "Strata", "StrataConfiguration", "StrataCore", "StrataEventLoops", "StrataMemory",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "CacheProxy",
            dependencies: [
                "Strata", "StrataConfiguration", "StrataCore", "StrataProxy",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings),
        .target(
            name: "StrataTestSupport",
            dependencies: [
                "StrataCore",
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: settings),

        .testTarget(
            name: "StrataCoreTests", dependencies: ["StrataCore", "StrataTestSupport"], swiftSettings: settings),
        .testTarget(
            name: "StrataResilienceTests",
            dependencies: [
                "StrataCore", "StrataResilience", "StrataTestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "StrataTelemetryTests",
            dependencies: [
                "StrataCore", "StrataTelemetry", "StrataTestSupport",
                .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "StrataEventLoopsTests",
            dependencies: [
                "StrataEventLoops",
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "StrataMemoryTests",
            dependencies: [
                "StrataCore", "StrataMemory", "StrataTestSupport",
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "StrataShardingTests", dependencies: ["StrataCore", "StrataSharding", "StrataTestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "StrataRedisTests",
            dependencies: [
                "StrataCore", "StrataRedis", "StrataTestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "StrataPostgresTests",
            dependencies: [
                "StrataCore", "StrataPostgres", "StrataTestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "StrataEmbeddedTests",
            dependencies: [
                "StrataCore", "StrataEmbedded", "StrataTestSupport",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "StrataTests",
            dependencies: [
                "Strata", "StrataCore", "StrataMemory", "StrataSharding", "StrataTelemetry", "StrataTestSupport",
                .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "StrataConfigurationTests",
            dependencies: [
                "Strata", "StrataConfiguration", "StrataCore", "StrataMemory", "StrataPostgres", "StrataRedis",
                "StrataTelemetry",
                "StrataTestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "StrataProxyTests",
            dependencies: [
                "Strata", "StrataCore", "StrataProxy", "StrataTestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "Strata", "StrataConfiguration", "StrataCore", "StrataEmbedded", "StrataPostgres", "StrataProxy",
                "StrataRedis", "StrataTestSupport",
                .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: settings),
    ]
)

// The fuzz targets are built with instrumentation and a build folder of their own, so that no other build carries them:
// `make fuzz`. They take the sources they examine, by symbolic links, and not the targets, which would bring all of NIO.
if Context.environment["STRATA_FUZZING"] == "1" {
    package.targets += [
        .systemLibrary(name: "CLibFuzzer", path: "Fuzzing/CLibFuzzer"),
        .executableTarget(
            name: "RedisReplyFuzzer",
            dependencies: [
                "CHiredis", "CLibFuzzer", "StrataCore", .product(name: "DequeModule", package: "swift-collections"),
            ],
            path: "Fuzzing/RedisReplies", swiftSettings: settings),
    ]
}
