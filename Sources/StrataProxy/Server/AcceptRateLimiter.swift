import NIOCore
import StrataCore

/// Delays accepting connections on a listening channel when too many come in one second; the kernel's queue holds them.
final class AcceptRateLimiter: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias OutboundIn = Never

    private var bucket: TokenBucket
    private var accepted = 0
    private var delayed: Scheduled<Void>?

    init(rate: Int) {
        bucket = TokenBucket(perSecond: rate, burst: rate)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        accepted += 1
        context.fireChannelRead(data)
    }

    func read(context: ChannelHandlerContext) {
        let now = ContinuousClock.now
        bucket.spend(accepted, at: now)
        accepted = 0
        guard let wait = bucket.wait(at: now) else { return context.read() }
        guard delayed == nil else { return }
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        delayed = context.eventLoop.scheduleTask(in: TimeAmount(wait) + .nanoseconds(1)) {
            let (handler, context) = bound.value
            handler.delayed = nil
            handler.read(context: context)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        delayed?.cancel()
    }
}
