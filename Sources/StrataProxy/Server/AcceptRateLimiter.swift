import NIOCore

/// Delays accepting connections on a listening channel when too many come in one second; the kernel's queue holds them.
final class AcceptRateLimiter: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias OutboundIn = Never

    private var bucket: TokenBucket
    private var accepted = 0
    private var delayed: Scheduled<Void>?

    init(rate: Int) {
        bucket = TokenBucket(rate: rate, now: .now())
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        accepted += 1
        context.fireChannelRead(data)
    }

    func read(context: ChannelHandlerContext) {
        bucket.take(accepted, now: .now())
        accepted = 0
        guard let delay = bucket.delay else { return context.read() }
        guard delayed == nil else { return }
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        delayed = context.eventLoop.scheduleTask(in: delay) {
            let (handler, context) = bound.value
            handler.delayed = nil
            handler.read(context: context)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        delayed?.cancel()
    }
}
