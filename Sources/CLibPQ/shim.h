// libpq has no module map of its own.
#include <libpq-fe.h>
// Glibc's Swift module leaves these two out; the reactor needs them.
#ifdef __linux__
#include <sys/epoll.h>
#include <sys/eventfd.h>
#endif
