import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * What `cache-bench memory` does, on Caffeine: the same keys, the same draws from the same seeds, the same loop.
 *
 * <p>usage: CaffeineThroughput THREADS KEYS CAPACITY WRITE-PERCENT SECONDS WARM-UP-SECONDS. Prints one JSON object.
 */
public final class CaffeineThroughput {
    private static final int VALUE_BYTES = 100;
    private static final int BATCH = 1024;
    private static final int WRITE_BIT = 1 << 31;

    private final Cache<String, byte[]> cache;
    private final String[] keys;

    private CaffeineThroughput(int keyCount, int capacity) {
        cache = Caffeine.newBuilder().maximumSize(capacity).build();
        keys = new String[keyCount];
        for (int number = 0; number < keyCount; number++) {
            keys[number] = String.format(Locale.ROOT, "key:%012d", number);
        }
        for (int rank = Math.min(keyCount, capacity) - 1; rank >= 0; rank--) {
            int number = keyOfRank(rank, keyCount);
            cache.put(keys[number], value(number));
        }
        cache.cleanUp();
    }

    public static void main(String[] arguments) throws Exception {
        if (arguments.length != 6) {
            System.err.println("usage: CaffeineThroughput THREADS KEYS CAPACITY WRITE-PERCENT SECONDS WARM-UP-SECONDS");
            System.exit(64);
        }
        int threads = Integer.parseInt(arguments[0]);
        int keyCount = Integer.parseInt(arguments[1]);
        double writePercent = Double.parseDouble(arguments[3]);
        long nanoseconds = (long) (Double.parseDouble(arguments[4]) * 1e9);
        long warmUp = (long) (Double.parseDouble(arguments[5]) * 1e9);
        CaffeineThroughput bench = new CaffeineThroughput(keyCount, Integer.parseInt(arguments[2]));

        CyclicBarrier barrier = new CyclicBarrier(threads);
        List<Callable<Count>> tasks = new ArrayList<>();
        for (int thread = 0; thread < threads; thread++) {
            long seed = thread + 1;
            tasks.add(() -> {
                int[] accesses = accesses(keyCount, writePercent, seed);
                barrier.await();
                return bench.run(accesses, nanoseconds, warmUp);
            });
        }
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        double operationsPerSecond = 0;
        long reads = 0;
        long hits = 0;
        for (Future<Count> future : pool.invokeAll(tasks)) {
            Count count = future.get();
            operationsPerSecond += count.operations / (count.nanoseconds / 1e9);
            reads += count.reads;
            hits += count.hits;
        }
        pool.shutdown();
        System.out.printf(Locale.ROOT, "{\"hitRatio\":%.6f,\"operationsPerSecond\":%.0f}%n",
            reads > 0 ? (double) hits / reads : 0, operationsPerSecond);
    }

    private static final class Count {
        long operations;
        long reads;
        long hits;
        long nanoseconds;
        int position;
    }

    /** Warms up in slices, so that the loop is compiled as a method and not only replaced on the stack, then measures. */
    private Count run(int[] accesses, long nanoseconds, long warmUp) {
        Count count = new Count();
        for (int slice = 0; slice < 20; slice++) {
            count = runFor(accesses, count.position, warmUp / 20);
        }
        return runFor(accesses, count.position, nanoseconds);
    }

    private Count runFor(int[] accesses, int position, long nanoseconds) {
        Count count = new Count();
        long start = System.nanoTime();
        do {
            for (int index = position; index < position + BATCH; index++) {
                int access = accesses[index];
                int number = access & ~WRITE_BIT;
                if (access >= 0) {
                    count.reads++;
                    byte[] value = cache.getIfPresent(keys[number]);
                    if (value != null && value.length == VALUE_BYTES) {
                        count.hits++;
                        continue;
                    }
                }
                cache.put(keys[number], value(number));
            }
            count.operations += BATCH;
            position = position + BATCH == accesses.length ? 0 : position + BATCH;
            count.nanoseconds = System.nanoTime() - start;
        } while (count.nanoseconds < nanoseconds);
        count.position = position;
        return count;
    }

    private static byte[] value(int number) {
        byte[] value = new byte[VALUE_BYTES];
        Arrays.fill(value, (byte) number);
        return value;
    }

    /** The accesses of one thread, as `AccessPattern` draws them. */
    private static int[] accesses(int keyCount, double writePercent, long seed) {
        Zipf zipf = new Zipf(keyCount, 0.99);
        SplitMix generator = new SplitMix(seed);
        int length = (int) Math.min(1L << 23, Math.max(1L << 20, keyCount * 4L)) / BATCH * BATCH;
        int[] accesses = new int[length];
        for (int index = 0; index < length; index++) {
            int key = keyOfRank(zipf.next(generator), keyCount);
            accesses[index] = generator.unit() * 100 < writePercent ? key | WRITE_BIT : key;
        }
        return accesses;
    }

    private static int keyOfRank(int rank, int keyCount) {
        return (int) (rank * 2_654_435_761L % keyCount);
    }

    /** Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators" (2014). */
    private static final class SplitMix {
        private long state;

        SplitMix(long seed) {
            state = seed;
        }

        double unit() {
            state += 0x9E3779B97F4A7C15L;
            long mixed = state;
            mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
            mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
            return ((mixed ^ (mixed >>> 31)) >>> 11) * 0x1p-53;
        }
    }

    /** Gray et al., "Quickly Generating Billion-Record Synthetic Databases" (SIGMOD 1994). */
    private static final class Zipf {
        private final int count;
        private final double zeta;
        private final double alpha;
        private final double eta;
        private final double secondThreshold;

        Zipf(int count, double theta) {
            double sum = 0;
            for (int index = count; index >= 1; index--) {
                sum += Math.pow(index, -theta);
            }
            this.count = count;
            zeta = sum;
            alpha = 1 / (1 - theta);
            eta = (1 - Math.pow(2.0 / count, 1 - theta)) / (1 - (1 + Math.pow(2, -theta)) / zeta);
            secondThreshold = 1 + Math.pow(0.5, theta);
        }

        int next(SplitMix generator) {
            double unit = generator.unit();
            double scaled = unit * zeta;
            if (scaled < 1 || count == 1) {
                return 0;
            }
            if (scaled < secondThreshold || count == 2) {
                return 1;
            }
            return Math.min(count - 1, (int) (count * Math.pow(eta * unit - eta + 1, alpha)));
        }
    }
}
