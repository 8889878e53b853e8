// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that what only the benchmarks need (HdrHistogram) never reaches a user of the library.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let package = Package(
    name: "strata-benchmarks",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "cache-bench", targets: ["CacheBench"])
    ],
    dependencies: [
        .package(name: "strata", path: ".."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    ],
    targets: [
        .target(
            name: "LoadDriver",
            dependencies: [
                .product(name: "Histogram", package: "hdrhistogram-swift"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: settings),
        .target(
            name: "LevelOne",
            dependencies: [
                "LoadDriver",
                .product(name: "Histogram", package: "hdrhistogram-swift"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "StrataCore", package: "strata"),
                .product(name: "StrataMemory", package: "strata"),
            ],
            swiftSettings: settings),
        .target(
            name: "InProcess",
            dependencies: [
                "LoadDriver",
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "Strata", package: "strata"),
                .product(name: "StrataCore", package: "strata"),
            ],
            swiftSettings: settings),
        .target(
            name: "Tiers",
            dependencies: [
                "LoadDriver",
                .product(name: "Histogram", package: "hdrhistogram-swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "StrataCore", package: "strata"),
                .product(name: "StrataEventLoops", package: "strata"),
                .product(name: "StrataPostgres", package: "strata"),
                .product(name: "StrataRedis", package: "strata"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "CacheBench",
            dependencies: [
                "InProcess", "LevelOne", "LoadDriver", "Tiers",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "Strata", package: "strata"),
                .product(name: "StrataConfiguration", package: "strata"),
                .product(name: "StrataCore", package: "strata"),
                .product(name: "StrataMemory", package: "strata"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "LevelOneTests",
            dependencies: ["LevelOne", "LoadDriver", .product(name: "StrataMemory", package: "strata")],
            swiftSettings: settings),
        .testTarget(
            name: "InProcessTests",
            dependencies: [
                "InProcess", "LoadDriver",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Strata", package: "strata"),
                .product(name: "StrataMemory", package: "strata"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "CacheBenchTests",
            dependencies: [
                "CacheBench", "LevelOne", "LoadDriver", "Tiers",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "StrataCore", package: "strata"),
                .product(name: "StrataMemory", package: "strata"),
            ],
            swiftSettings: settings),
        .testTarget(name: "TiersTests", dependencies: ["Tiers"], swiftSettings: settings),
        .testTarget(
            name: "LoadDriverTests",
            dependencies: [
                "LoadDriver",
                .product(name: "Histogram", package: "hdrhistogram-swift"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: settings),
    ]
)
