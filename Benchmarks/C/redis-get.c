/* redis-get: GETs of 100 bytes over one blocking connection of hiredis, with a number of them in a pipeline.
 *
 * The side that `cache-bench tier` is measured against: what the C library itself makes of the same connection.
 *
 *   usage: redis-get HOST PORT PIPELINE SECONDS KEYS
 *
 * Loads the keys, then measures after a warm-up of a fifth of the time, at most a second; prints one JSON object as
 * `cache-bench tier --json` does.
 */
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { VALUE_BYTES = 100, SAMPLES = 1 << 20 };

static uint64_t nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static double cpu_microseconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

static void fail(const char *reason) {
    fprintf(stderr, "redis-get: %s\n", reason);
    exit(1);
}

static void append(redisContext *redis, const char *command, long key, const char *value) {
    char name[32];
    const char *words[3] = {command, name, value};
    size_t lengths[3] = {3, 0, VALUE_BYTES};
    lengths[1] = (size_t)snprintf(name, sizeof name, "raw:%012ld", key);
    if (redisAppendCommandArgv(redis, value ? 3 : 2, words, lengths) != REDIS_OK) fail(redis->errstr);
}

static void expect(redisContext *redis, int type, size_t length) {
    void *answer = NULL;
    if (redisGetReply(redis, &answer) != REDIS_OK) fail(redis->errstr);
    redisReply *reply = answer;
    if (reply->type != type || (type == REDIS_REPLY_STRING && reply->len != length)) fail("an unexpected reply");
    freeReplyObject(reply);
}

static void load(redisContext *redis, long keys) {
    char value[VALUE_BYTES];
    for (long key = 0; key < keys; key++) {
        memset(value, (int)(key & 0xff), sizeof value);
        append(redis, "SET", key, value);
        expect(redis, REDIS_REPLY_STATUS, 0);
    }
}

static uint64_t random_state = 1;

/* Vigna's xorshift64*. */
static uint64_t next_random(void) {
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return random_state * 0x2545F4914F6CDD1Du;
}

static uint32_t samples[SAMPLES];
static size_t sample_count;

/* Runs whole pipelines until the time is over, counts the operations, and keeps how long each pipeline took. */
static uint64_t run(redisContext *redis, int pipeline, long keys, uint64_t duration) {
    uint64_t operations = 0, start = nanoseconds(), before = start;
    sample_count = 0;
    do {
        for (int i = 0; i < pipeline; i++) append(redis, "GET", (long)(next_random() >> 33) % keys, NULL);
        for (int i = 0; i < pipeline; i++) expect(redis, REDIS_REPLY_STRING, VALUE_BYTES);
        operations += (uint64_t)pipeline;
        uint64_t now = nanoseconds();
        if (sample_count < SAMPLES) samples[sample_count++] = (uint32_t)(now - before);
        before = now;
    } while (before - start < duration);
    return operations;
}

static int ascending(const void *a, const void *b) {
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return left < right ? -1 : left > right;
}

int main(int count, char **arguments) {
    if (count != 6) fail("usage: redis-get HOST PORT PIPELINE SECONDS KEYS");
    int pipeline = atoi(arguments[3]);
    double seconds = atof(arguments[4]);
    long keys = atol(arguments[5]);
    if (pipeline < 1 || !(seconds > 0) || keys < 1) fail("PIPELINE, SECONDS and KEYS have to be above 0");
    redisContext *redis = redisConnect(arguments[1], atoi(arguments[2]));
    if (!redis || redis->err) fail(redis ? redis->errstr : "out of memory");
    load(redis, keys);

    uint64_t duration = (uint64_t)(seconds * 1e9);
    run(redis, pipeline, keys, duration / 5 < 1000000000u ? duration / 5 : 1000000000u);
    double used = cpu_microseconds();
    uint64_t start = nanoseconds();
    uint64_t operations = run(redis, pipeline, keys, duration);
    double took = (double)(nanoseconds() - start) / 1e9;
    used = cpu_microseconds() - used;

    qsort(samples, sample_count, sizeof *samples, ascending);
    printf("{\"cpuMicrosecondsPerOperation\":%.4f,\"operations\":%llu,\"operationsPerSecond\":%.0f,"
           "\"p50Microseconds\":%.3f,\"p99Microseconds\":%.3f}\n",
           used / (double)operations, (unsigned long long)operations, (double)operations / took,
           samples[sample_count / 2] / 1e3, samples[sample_count * 99 / 100] / 1e3);
    redisFree(redis);
    return 0;
}
