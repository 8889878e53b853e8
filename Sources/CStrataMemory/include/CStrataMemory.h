#ifndef C_STRATA_MEMORY_H
#define C_STRATA_MEMORY_H

#include <stdbool.h>

/// Gives pages of the allocator's in which nothing is allocated back to the system. Takes some milliseconds for 100 MiB,
/// and holds one arena's lock after the other meanwhile.
///
/// Returns whether this allocator can be asked to.
bool strata_give_back_free_memory(void);

#endif
