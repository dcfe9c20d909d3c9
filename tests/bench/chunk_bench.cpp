// Bytes and nanoseconds a sample of the chunk codec on the kinds of series that monitoring has.
// The mix is 6 integer gauges, 4 two-decimal gauges, 1 two-decimal counter, 1 integer counter.
#include "codec/chunk.h"
#include "codec/time_column.h"

#include <ctime>
#include <random>

namespace {

using namespace belfry;
using Values = std::vector<double>;

// CPU time of this thread: other work on the machine does not count.
struct Time {
    static std::chrono::nanoseconds now() {
        timespec t{};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
        return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
    }
};

Values make(std::string_view kind, size_t n, std::mt19937_64& rng) {
    std::normal_distribution<double> normal(0, 1);
    Values out(n);
    double walk = static_cast<double>(rng() % 10000) / 100;
    double counter = static_cast<double>(rng() % 1000000);
    for (double& v : out) {
        walk = std::clamp(walk + normal(rng), 0.0, 100.0);
        if (kind == "integer gauge")
            v = std::floor(walk);
        else if (kind == "2-decimal gauge")
            v = std::round(walk * 100) / 100;
        else if (kind == "2-decimal counter")
            v = counter = std::round((counter + walk / 10) * 100) / 100;
        else if (kind == "integer counter")
            v = counter += std::floor(walk);
        else if (kind == "constant")
            v = 42;
        else if (kind == "rare changes")
            v = counter += rng() % 50 == 0 ? 1 + static_cast<double>(rng() % 100) : 0;
        else if (kind == "full precision gauge")
            v = walk;
        else if (kind == "float32 gauge")
            v = static_cast<float>(walk);
        else if (kind == "seconds sum counter")
            v = counter += walk / 997;
        else
            v = std::bit_cast<double>(rng());  // any bits
    }
    return out;
}

struct Cost {
    double bytes = 0;
    double encode_ns = 0;
    double decode_ns = 0;
};

Cost measure(std::string_view kind, size_t chunk) {
    std::mt19937_64 rng(7);
    std::vector<Values> columns;
    size_t total = 0;
    for (; total < 400'000; total += chunk)
        columns.push_back(make(kind, chunk, rng));
    Cost best{0, 1e9, 1e9};
    for (int round = 0; round < 3; round++) {
        std::vector<std::string> encoded(columns.size());
        for (std::string& e : encoded)
            e.reserve(chunk * 10 + 64);
        const auto t0 = Time::now();
        for (size_t i = 0; i < columns.size(); i++)
            codec::encode_chunk(columns[i], encoded[i]);
        const auto t1 = Time::now();
        Values back(chunk);
        bool ok = true;
        for (size_t i = 0; i < columns.size(); i++)
            ok &= codec::decode_chunk(encoded[i], back).ok();
        const auto t2 = Time::now();
        size_t bytes = 0;
        for (size_t i = 0; i < columns.size(); i++) {
            bytes += encoded[i].size();
            ok &= codec::decode_chunk(encoded[i], back).ok() &&
                  std::memcmp(back.data(), columns[i].data(), chunk * 8) == 0;
        }
        if (!ok) std::printf("chunk %.*s: NOT EXACT\n", static_cast<int>(kind.size()), kind.data());
        const auto samples = static_cast<double>(total);
        best.bytes = static_cast<double>(bytes) / samples;
        best.encode_ns = std::min(best.encode_ns, std::chrono::duration<double, std::nano>(t1 - t0).count() / samples);
        best.decode_ns = std::min(best.decode_ns, std::chrono::duration<double, std::nano>(t2 - t1).count() / samples);
    }
    return best;
}

void print(const std::string& name, Cost c) {
    std::printf("chunk %-34s encode %6.1f ns/op %7.0f MB/s  decode %5.1f ns/op %7.0f MB/s  %6.3f B/sample\n",
                name.c_str(), c.encode_ns, 8e3 / c.encode_ns, c.decode_ns, 8e3 / c.decode_ns, c.bytes);
}

void measure_times(const std::string& name, int64_t jitter_ms, bool drift, bool gaps) {
    std::mt19937_64 rng(3);
    std::vector<int64_t> times(1024);
    int64_t base = 1'795'309'440'123;
    for (int64_t& t : times) {
        const int64_t j =
            jitter_ms == 0 ? 0 : static_cast<int64_t>(rng() % static_cast<uint64_t>(2 * jitter_ms + 1)) - jitter_ms;
        t = base + j;
        base += 10'000 + (drift ? j : 0) + (gaps && rng() % 300 == 0 ? 70'000 : 0);
    }
    std::string out;
    const auto t0 = Time::now();
    for (int i = 0; i < 200; i++)
        out.clear(), codec::encode_times(times, out);
    const auto t1 = Time::now();
    std::vector<int64_t> back(times.size());
    bool ok = true;
    for (int i = 0; i < 200; i++)
        ok &= codec::decode_times(out, back).ok();
    const auto t2 = Time::now();
    if (!ok || back != times) std::printf("times %s: NOT EXACT\n", name.c_str());
    const double n = 200.0 * 1024;
    print("times " + name,
          {static_cast<double>(out.size()) / 1024, std::chrono::duration<double, std::nano>(t1 - t0).count() / n,
           std::chrono::duration<double, std::nano>(t2 - t1).count() / n});
}

}  // namespace

int main() {
    constexpr std::pair<const char*, int> MIX[] = {
        {"integer gauge", 6}, {"2-decimal gauge", 4}, {"2-decimal counter", 1}, {"integer counter", 1}};
    for (const size_t chunk : {120UL, 180UL, 1024UL, 8192UL}) {
        Cost mix;
        for (const auto& [kind, weight] : MIX) {
            const Cost c = measure(kind, chunk);
            print(std::string(kind) + " " + std::to_string(chunk), c);
            mix.bytes += c.bytes * weight / 12;
            mix.encode_ns += c.encode_ns * weight / 12;
            mix.decode_ns += c.decode_ns * weight / 12;
        }
        print("MIX 6:4:1:1 " + std::to_string(chunk), mix);
    }
    for (const char* kind :
         {"constant", "rare changes", "full precision gauge", "float32 gauge", "seconds sum counter", "any bits"})
        print(std::string(kind) + " 1024", measure(kind, 1024));
    measure_times("regular", 0, false, false);
    measure_times("jitter 5 ms", 5, false, false);
    measure_times("jitter 5 ms, gaps", 5, false, true);
    measure_times("drifting 5 ms", 5, true, false);
    return 0;
}
