// hiredis has no module map of its own; only its formatting and reply-reading halves are used, which do no I/O.
#include <hiredis/hiredis.h>
#include <hiredis/read.h>
