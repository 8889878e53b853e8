#ifndef C_STRATA_THREADS_H
#define C_STRATA_THREADS_H

#include <stdint.h>

/// A number of this thread's own, 0 until one is set: a thread-local variable costs an instruction, where
/// `pthread_getspecific` costs a call.
extern _Thread_local uint32_t strata_thread_number __attribute__((tls_model("initial-exec")));

static inline uint32_t strata_get_thread_number(void) { return strata_thread_number; }

static inline void strata_set_thread_number(uint32_t number) { strata_thread_number = number; }

/// Asks the processor to fetch the cache line of an address that is about to be changed, and goes on without waiting.
static inline void strata_prefetch(const void *address) { __builtin_prefetch(address, 1, 3); }

/// Tells the processor that this thread waits in a loop.
static inline void strata_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
    __asm__ __volatile__("yield");
#endif
}

#endif
