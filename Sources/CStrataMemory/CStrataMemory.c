#include "CStrataMemory.h"

#if defined(__GLIBC__) || defined(__linux__)
#include <features.h>
#endif

#if defined(__GLIBC__)
#include <malloc.h>
#elif defined(__APPLE__)
#include <malloc/malloc.h>
#endif

bool strata_give_back_free_memory(void) {
#if defined(__GLIBC__)
    malloc_trim(0);
    return true;
#elif defined(__APPLE__)
    malloc_zone_pressure_relief(0, 0);
    return true;
#else
    return false;
#endif
}
