import StrataCore
import StrataSharding
import Testing

/// Where twemproxy 0.5.0 (Debian's `nutcracker`) put keys, read off from three redis-servers behind it.
///
/// Each digit is the number of the server that had the key.
@Suite struct KetamaTests {
    struct Recording: Sendable {
        let servers: [Ketama.Server]
        let hash: KetamaKeyHash
        let numberedKeys: String
        let binaryKeys: String
    }

    private static let named = [
        Ketama.Server(host: "127.0.0.1", port: 17301, weight: 1, name: "alpha"),
        Ketama.Server(host: "127.0.0.1", port: 17302, weight: 2, name: "beta"),
        Ketama.Server(host: "127.0.0.1", port: 17303, weight: 5, name: "gamma"),
    ]

    private static func unnamed(_ weights: [Int]) -> [Ketama.Server] {
        weights.enumerated().map { Ketama.Server(host: "127.0.0.1", port: 17301 + $0, weight: $1) }
    }

    static let recordings = [
        Recording(
            servers: named, hash: .fnv1a64,
            numberedKeys:
                "222222222222222222222222222222222222222222222222222222222222222222222222222222222222222222222222"
                + "222200000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
                + "000000002222222222222222222222222222222222222222222222222222222222222222222222222222222222222222"
                + "222222222222",
            binaryKeys:
                "021212222112212222122100110222102021220212222122222212122121202122022012121222220212212202022222"
                + "212212022222222222022222"),
        Recording(
            servers: unnamed([1, 1, 1]), hash: .fnv1a64,
            numberedKeys:
                "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
                + "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
                + "000000001111111111111111111111111111111111111111111111111111111111111111111111111111111111111111"
                + "111111111111",
            binaryKeys:
                "111120022012220221210211221202100021012022112220222202221010121220021200102220121100221100210010"
                + "000221210212200002221120"),
        Recording(
            servers: unnamed([3, 7, 11]), hash: .md5,
            numberedKeys:
                "221222212222221112212222112120220212212202110021221112122012122212210112200012201221212022020020"
                + "112112001221202222102112212221022110122221121102222222121212222111120101022120222220212012122220"
                + "021121121000221222211122212121102212221202100022122220121210021211112020111020212221021201022110"
                + "222221221102",
            binaryKeys:
                "211111120201221121212011222222012021101222222222221001102201222112211221221122222212220221212020"
                + "012122122011021122122212"),
        Recording(
            servers: unnamed([10, 1, 1]), hash: .fnv1a32,
            numberedKeys:
                "000000200020100000002000000002000100000100002200000200002001000010000000020020000000000010000000"
                + "200200000000000000000000000000000000010000000000000000000000001000010000000000020000000000000000"
                + "000000000000000002000012000000100200000000000012000000000000000000000000100000120000000010000000"
                + "020000020000",
            binaryKeys:
                "001000000101220000000000100000000000200000100201001000000000000020200000000000021011000000200000"
                + "000012000001000000000001"),
    ]

    /// Bytes of all values, in hexadecimal digits.
    private static let binaryKeys = """
        c7512447e3404300026b6e54 94a065685d64c4980bb8d4 4a8721a99a01ad219eb59c 6aaeb94bae8d
        705c15f173541b4438a25cf7 7882914478 fb6c47c0b578 f610b0 ef537b596a dc8a03 18da b6df840876db40b967
        56cb329066a5f4 6aa4c5a537bf7f336c969c89 5527d35e73 d0d576d9f7 ab4dbc35e1a5 34bb34216469a5bf58ea2a7d
        ccbf9bbcf4e37b 6e86a169ea2d4cb428d9 ac3134915b19c458 73d70d9437 f6359880b61a3e690cacf6
        eae0f0f494260cee680ae367 ae6633bd2d 70ca0111db1d9960c7c8553a ddb949935d034c a03029a6d059 c095d33151 e4
        9c1537182229969591dd e08bbdae3bc7cde6 8bf368 72a9a0 dfda03e8f59e 882b95dd17 b29041771a 10c613d457b7eaf5fa
        49c48658af36a18666b9 2de8aa51206fe162b6ff 47acd57aacca7e7d9c 8f f028cfe03faf7b60815b63 1bb5b0
        fbdc854fc5efad6555147a61 1a943bd6581396d3eee5 14ef3693 eec4272028a5 9e ef 85f6340e6405804c6f6336f7 99
        146a363bf2 4e9d2a87b19e 034839982d e2676883cad90cb7ba aa70a9ce893d79ad ba650285443e69392f50
        7734aad4adf7dc1d92 e1f07335d30ff33529 415652 8adcf7d8e709e41759 3f8ae1fe512aefb72e 7ab9ad614e7489aeda9402a4
        6039 972e394640108d7ff294 33bb 0103193304d1 a5876d6beb321f7947 eb34d9dbdaa4f64aaf b0619434971ef464 37232109
        3830726367b8db eff1293f3f35700eae3841 3b0e1bf7f7ab8a f5eb5ba1 9a b4560b bead5a40bbc4b6bae20315dd 56df
        25396c7843fbca886d6084 6bde488a3757eba941 c797817041519faa 57cd3c0e39b63b989205ce7e a31ac24b296eb752885825
        fa662e348129e07e52 6e2b82e24c96 96ce72 53c1e7c4ab9a0ff22080 f795 a818596a 95db048f3b48018ea0ebc1 25b16d
        f7d5fef1b2b1ce54a3ddd366 e2fff29f c1481b d642ccd4cd 4182180e41c64970aa5f bf7aa558986ff894a1047068 cc
        feaeaa5699974e68d72615 d0dbcaa92b9c78a4fcfd 8d5e221d079b 897376f3bd8c 528a3d1ba40c3823504b0a90 b620
        e37e6a519305b6f2f2a1e494 8f7bb11c90f5 85287b42a11e c216d3e311 55c8a053b091ac3f 105ec7a0ddf91498b2ad5f
        6e82ad8e8049fc5a2b6315 97d46bdab6f686668f8ccf52 aa4f68c39323 6f0f c3f64ae2 93b91604942785e9
        2fc44996ed728476eb966e cafe
        """

    private static func bytes(_ digits: Substring) -> [UInt8] {
        stride(from: 0, to: digits.count, by: 2).compactMap { offset in
            let start = digits.index(digits.startIndex, offsetBy: offset)
            return UInt8(digits[start..<digits.index(start, offsetBy: 2)], radix: 16)
        }
    }

    @Test(arguments: recordings)
    func keysGoWhereTwemproxyPutsThem(recording: Recording) {
        let ring = Ketama(recording.servers, keyHash: recording.hash)
        let numbered = (0..<recording.numberedKeys.count).map { String(ring.server(of: Key("key:\($0)"))) }
        #expect(numbered.joined() == recording.numberedKeys)
        let keys = KetamaTests.binaryKeys.split(whereSeparator: \.isWhitespace)
        #expect(keys.count == recording.binaryKeys.count)
        let binary = keys.map { String(ring.server(of: Key(KetamaTests.bytes($0)))) }
        #expect(binary.joined() == recording.binaryKeys)
    }

    @Test func serversAreNamedAsTwemproxyNamesThem() {
        #expect(Ketama.Server(host: "h", port: 6379).name == "h:6379")
        #expect(Ketama.Server(host: "h", port: 11211).name == "h")
        #expect(Ketama.Server(host: "h", port: 11211, name: "own").name == "own")
    }

    @Test func aSingleServerHasEveryKey() {
        #expect(Ketama([Ketama.Server(name: "only")]).server(of: "any") == 0)
    }
}
