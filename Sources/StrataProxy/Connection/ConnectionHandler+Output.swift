import Logging
import NIOCore
import Synchronization

extension ConnectionHandler {
    /// How much output is sent before the batch is over.
    var outputChunkBytes: Int { 64 << 10 }
    /// How large an output buffer may be to be kept for the next batch.
    private var keptBufferBytes: Int { 16 << 10 }

    /// Sends what has been written, and closes the connection when it was the last.
    func flush() {
        guard phase != .closed, let context else { return }
        let isLast = phase == .finishing && pipeline.isIdle
        guard output.count > 0 || isLast else { return }
        sentBytes &+= output.count
        if isLast {
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            let sent = context.eventLoop.makePromise(of: Void.self)
            sent.futureResult.whenComplete { _ in bound.value.close(promise: nil) }
            context.writeAndFlush(wrapOutboundOut(output.buffer), promise: sent)
            output.buffer = ByteBuffer()
            return
        }
        context.writeAndFlush(wrapOutboundOut(output.buffer), promise: nil)
        if output.buffer.capacity > keptBufferBytes {
            output.buffer = ByteBuffer()
        } else {
            output.buffer.clear()
        }
        if !isWritable { disconnectIfTooFarBehind(context) }
    }

    /// Adds to the proxy's counters what has been counted here since the last time: now and then, and not per request,
    /// because all event loops share them.
    func reportStatistics() {
        server.statistics.add(
            requests: Int(requests &- reportedRequests), receivedBytes: receivedBytes, sentBytes: sentBytes)
        (reportedRequests, receivedBytes, sentBytes) = (requests, 0, 0)
    }

    /// How many bytes of replies the client has not taken.
    var unsentBytes: Int {
        (try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    private func disconnectIfTooFarBehind(_ context: ChannelHandlerContext) {
        let limits = server.configuration.outputLimits
        let limit = session.isAuthenticated ? limits.maximumBytes : limits.unauthenticatedBytes * 2
        guard unsentBytes > limit else { return }
        server.statistics.disconnectedSlowReaders.wrappingAdd(1, ordering: .relaxed)
        logger.warning("a client reads too slowly", metadata: ["client": "\(session.address)"])
        context.close(promise: nil)
    }

    /// Sets how much output may wait before the channel counts as not writable.
    func setWaterMark() {
        let limits = server.configuration.outputLimits
        let high = session.isAuthenticated ? limits.pauseBytes : min(limits.pauseBytes, limits.unauthenticatedBytes)
        try? context?.channel.syncOptions?.setOption(
            .writeBufferWaterMark, value: .init(low: max(1, high / 4), high: max(1, high)))
    }
}
