import NIOCore

/// One direction of a connection through the proxy: passes what it reads to the other side, piece by piece.
///
/// `@unchecked Sendable`: both sides of a connection share one event loop, which alone touches it.
final class FaultyRelay: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer

    private let peer: any Channel
    private let faults: @Sendable () -> FaultProxy.Faults
    private var pieces: [ByteBuffer] = []
    private var isSending = false
    private var isEnded = false

    init(to peer: any Channel, faults: @escaping @Sendable () -> FaultProxy.Faults) {
        self.peer = peer
        self.faults = faults
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let faults = faults()
        guard !faults.isBlackhole else { return }
        var bytes = unwrapInboundIn(data)
        while bytes.readableBytes > 0 {
            let size = faults.pieceBytes.map { Int.random(in: 1...max(1, $0)) } ?? bytes.readableBytes
            if let piece = bytes.readSlice(length: min(size, bytes.readableBytes)) { pieces.append(piece) }
        }
        sendNext(on: context.eventLoop)
    }

    func channelInactive(context: ChannelHandlerContext) {
        isEnded = true
        if !isSending { peer.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    /// Sends everything that waits, each piece in a turn of the event loop of its own so that the receiver sees pieces.
    private func sendNext(on eventLoop: any EventLoop) {
        guard !isSending, !pieces.isEmpty else { return }
        isSending = true
        let batch = pieces
        pieces = []
        send(batch[...], on: eventLoop)
    }

    private func send(_ batch: ArraySlice<ByteBuffer>, on eventLoop: any EventLoop) {
        guard let piece = batch.first else {
            isSending = false
            if isEnded, pieces.isEmpty { peer.close(promise: nil) }
            return sendNext(on: eventLoop)
        }
        let delay = faults().delay
        let proceed: @Sendable () -> Void = {
            self.peer.writeAndFlush(piece).whenComplete { _ in
                eventLoop.execute { self.send(batch.dropFirst(), on: eventLoop) }
            }
        }
        if delay > .zero {
            eventLoop.scheduleTask(in: TimeAmount(delay), proceed)
        } else {
            proceed()
        }
    }
}
