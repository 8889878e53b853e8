import NIOCore
import NIOSSL
import NIOTLS
import StrataCore

/// Behind TLS: lets a connection begin once the server has proved who it is, and says in words why one did not.
///
/// `@unchecked Sendable`: touched by its event loop alone.
final class RedisTLSGate: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer

    private let tls: NIOSSLClientHandler
    /// What the certificate has to be for.
    private let server: String

    init(_ tls: NIOSSLClientHandler, server: String) {
        self.tls = tls
        self.server = server
    }

    func channelActive(context: ChannelHandlerContext) {
        // The socket is connected, which is too early: what is sent now waits, and the clock's question would seem old.
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent { context.fireChannelActive() }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let failure = RedisTLSFailure(error) { tls.peerCertificate.map { ($0.notValidBefore, $0.notValidAfter) } }
        context.fireErrorCaught(failure?.error(server) ?? error)
    }
}
