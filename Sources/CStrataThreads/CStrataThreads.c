#include "CStrataThreads.h"

_Thread_local uint32_t strata_thread_number __attribute__((tls_model("initial-exec"))) = 0;
