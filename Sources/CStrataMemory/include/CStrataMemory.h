#ifndef C_STRATA_MEMORY_H
#define C_STRATA_MEMORY_H

/// Gives pages of the allocator's in which nothing is allocated back to the system, where it can be asked to. Takes some
/// milliseconds for 100 MiB, and holds one arena's lock after the other meanwhile.
void strata_give_back_free_memory(void);

#endif
