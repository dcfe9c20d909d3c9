#include "codec/chunk.h"

#include "model/sample.h"

#include <doctest/doctest.h>

#include <fstream>
#include <random>

using namespace belfry;
using Values = std::vector<double>;

namespace {

const double INF = std::numeric_limits<double>::infinity();
const double TINY = std::numeric_limits<double>::denorm_min();

double bits(uint64_t raw) {
    return std::bit_cast<double>(raw);
}

bool same_bits(const Values& a, const Values& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * 8) == 0;
}

// The encoded size; 0 when the values did not come back bit for bit.
size_t round_trip(const Values& values) {
    std::string bytes = "before";
    codec::encode_chunk(values, bytes);
    Values back(values.size());
    const Status status = codec::decode_chunk(std::string_view(bytes).substr(6), back);
    if (!status.ok()) FAIL_CHECK(status.error().message);
    return status.ok() && same_bits(values, back) ? bytes.size() - 6 : 0;
}

double any_double(std::mt19937_64& rng) {
    return bits(rng());
}

double special_double(std::mt19937_64& rng) {
    const double specials[] = {0.0,
                               -0.0,
                               INF,
                               -INF,
                               TINY,
                               -TINY,
                               model::stale_nan(),
                               bits(0x7ff8000000000001),
                               bits(0xfff8dead0000beef),
                               std::numeric_limits<double>::max(),
                               std::numeric_limits<double>::lowest(),
                               9007199254740993.0,
                               -9.2e18,
                               9.3e18,
                               0.1 + 0.2,
                               1e15,
                               1.0 / 3};
    return specials[rng() % std::size(specials)];
}

double decimal(std::mt19937_64& rng, int digits) {
    return static_cast<double>(static_cast<int64_t>(rng() % 20001) - 10000) / std::pow(10, digits);
}

}  // namespace

TEST_CASE("chunks give back every double bit for bit, at any length") {
    std::mt19937_64 rng(2026);
    for (const size_t n : {1UL, 2UL, 3UL, 127UL, 128UL, 129UL, 130UL, 131UL, 257UL, 1000UL}) {
        CAPTURE(n);
        for (int kind = 0; kind < 12; kind++) {
            CAPTURE(kind);
            Values v(n);
            double walk = 1000;
            for (double& x : v) {
                walk += static_cast<double>(static_cast<int64_t>(rng() % 7) - 3);
                if (kind == 0)
                    x = any_double(rng);
                else if (kind == 1)
                    x = special_double(rng);
                else if (kind == 2)
                    x = decimal(rng, 2);
                else if (kind == 3)
                    x = rng() % 20 == 0 ? special_double(rng) : decimal(rng, 3);
                else if (kind == 4)
                    x = walk;
                else if (kind == 5)
                    x = -walk / 1000;
                else if (kind == 6)
                    x = rng() % 20 == 0 ? any_double(rng) : walk;
                else if (kind == 7)
                    x = static_cast<float>(decimal(rng, 1)) * (rng() % 2 == 0 ? 1 : -1);
                else if (kind == 8)
                    x = decimal(rng, static_cast<int>(rng() % 16));
                else if (kind == 9)
                    x = std::ldexp(static_cast<double>(rng()), static_cast<int>(rng() % 64) - 60);
                else if (kind == 10)
                    x = bits(0x7ff0000000000000 | (rng() % 2 << 63) | (1 + rng() % 5));  // NaN with payloads
                else
                    x = rng() % 5 == 0 ? model::stale_nan() : walk;
            }
            CHECK(round_trip(v) > 0);
        }
    }
    CHECK(round_trip(Values(codec::CHUNK_SAMPLES_MAX, 5)) > 0);
}

TEST_CASE("one odd value in a column of decimals stays exact and cheap") {
    for (const double odd : {0.1 + 0.2, -0.0, INF, TINY, 1e300, bits(0x7ff8000000000123)}) {
        for (const size_t at : {0UL, 1UL, 500UL, 1023UL}) {
            Values v(1024);
            std::mt19937_64 rng(5);
            for (double& x : v)
                x = decimal(rng, 2);
            const size_t plain = round_trip(v);
            v[at] = odd;
            const size_t with = round_trip(v);
            CHECK(with > 0);
            CHECK(with < plain + 40);
        }
    }
}

TEST_CASE("constants and straight lines take a few bytes, also with a stale marker in them") {
    CHECK(round_trip(Values(1024, 7)) <= 4);
    CHECK(round_trip(Values(1024, 0.1 + 0.2)) <= 14);
    Values line(1024);
    for (size_t i = 0; i < line.size(); i++)
        line[i] = static_cast<double>(i) * 15 + 1e9;
    CHECK(round_trip(line) <= 12);
    line[600] = model::stale_nan();
    CHECK(round_trip(line) <= 16);
    Values rare(1024, 12);
    for (size_t i = 700; i < rare.size(); i++)
        rare[i] = 19;
    CHECK(round_trip(rare) <= 40);
    Values ended(1024, 12);
    ended[1023] = model::stale_nan();
    CHECK(round_trip(ended) <= 12);
}

TEST_CASE("random bits cost their eight bytes and no more") {
    std::mt19937_64 rng(1);
    Values v(1024);
    for (double& x : v)
        x = any_double(rng);
    CHECK(round_trip(v) <= 8 * 1024 + 1);
}

TEST_CASE("a chunk that is torn, too long or of another count is refused") {
    std::mt19937_64 rng(3);
    Values v(300);
    for (double& x : v)
        x = decimal(rng, 2);
    v[7] = model::stale_nan();
    v[9] = INF;
    std::string bytes;
    codec::encode_chunk(v, bytes);
    Values back(300);
    for (size_t cut = 0; cut < bytes.size(); cut++)
        CHECK_FALSE(codec::decode_chunk(std::string_view(bytes).substr(0, cut), back).ok());
    CHECK_FALSE(codec::decode_chunk(bytes + "x", back).ok());
    Values longer(900);
    CHECK_FALSE(codec::decode_chunk(bytes, longer).ok());
    CHECK_FALSE(codec::decode_chunk(bytes, std::span<double>()).ok());
}

TEST_CASE("a chunk with flipped bits is refused or gives other values, never more") {
    std::mt19937_64 rng(4);
    Values v(200);
    for (double& x : v)
        x = rng() % 30 == 0 ? any_double(rng) : decimal(rng, 1);
    std::string bytes;
    codec::encode_chunk(v, bytes);
    Values back(200);
    for (int i = 0; i < 2000; i++) {
        std::string broken = bytes;
        for (int k = 0; k < 1 + i % 3; k++)
            broken[rng() % broken.size()] ^= static_cast<char>(1 << rng() % 8);
        (void)codec::decode_chunk(broken, back);  // under the sanitizers: no undefined behaviour
    }
}

TEST_CASE("a summary says count, extremes, sum, ends and resets, leaving stale markers out") {
    const Values v = {5, 7.5, 2, model::stale_nan(), 4, 1};
    std::string bytes;
    const codec::ChunkSummary s = codec::encode_chunk(v, bytes);
    CHECK(s.count == 5);
    CHECK(s.stale == 1);
    CHECK(s.resets == 2);
    CHECK(s.min == 1);
    CHECK(s.max == 7.5);
    CHECK(s.sum == 19.5);
    CHECK(s.first == 5);
    CHECK(s.last == 1);
    CHECK(s.reset_sum == 11.5);
}

TEST_CASE("the summary of decimals is that of the values") {
    std::mt19937_64 rng(8);
    Values v(1024);
    for (double& x : v)
        x = decimal(rng, 2);
    std::string bytes;
    const codec::ChunkSummary fast = codec::encode_chunk(v, bytes);
    const codec::ChunkSummary slow = codec::summarize(v);
    CHECK(fast.count == slow.count);
    CHECK(fast.resets == slow.resets);
    CHECK(fast.min == slow.min);
    CHECK(fast.max == slow.max);
    CHECK(fast.first == slow.first);
    CHECK(fast.last == slow.last);
    CHECK(fast.sum == doctest::Approx(slow.sum).epsilon(1e-14));
    CHECK(fast.reset_sum == doctest::Approx(slow.reset_sum).epsilon(1e-14));
}

TEST_CASE("a summary with NaN or infinity keeps them") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    codec::ChunkSummary s = codec::summarize(Values{nan, 3, nan, 1});
    CHECK(s.min == 1);
    CHECK(s.max == 3);
    CHECK(std::isnan(s.sum));
    CHECK(std::isnan(s.first));
    s = codec::summarize(Values{nan});
    CHECK(std::isnan(s.min));
    s = codec::summarize(Values{INF, 1, INF});
    CHECK(s.sum == INF);
    s = codec::summarize(Values{model::stale_nan()});
    CHECK(s.count == 0);
    CHECK(s.sum == 0);
}

TEST_CASE("summaries of parts join to the summary of the whole") {
    std::mt19937_64 rng(9);
    Values v(100);
    for (double& x : v)
        x = rng() % 9 == 0 ? model::stale_nan() : decimal(rng, 0);
    const codec::ChunkSummary whole = codec::summarize(v);
    for (const size_t cut : {0UL, 1UL, 50UL, 99UL, 100UL}) {
        codec::ChunkSummary joined = codec::summarize(std::span<const double>(v).first(cut));
        joined.append(codec::summarize(std::span<const double>(v).subspan(cut)));
        CHECK(joined.count == whole.count);
        CHECK(joined.stale == whole.stale);
        CHECK(joined.resets == whole.resets);
        CHECK(joined.sum == whole.sum);
        CHECK(joined.min == whole.min);
        CHECK(joined.max == whole.max);
        CHECK(joined.first == whole.first);
        CHECK(joined.last == whole.last);
        CHECK(joined.reset_sum == whole.reset_sum);
    }
}

TEST_CASE("summaries come back bit for bit, about twenty bytes for decimals") {
    std::mt19937_64 rng(10);
    for (int round = 0; round < 200; round++) {
        Values v(1 + rng() % 1024);
        for (double& x : v)
            x = round % 2 == 0 ? decimal(rng, round % 5) : any_double(rng);
        std::string chunk;
        const codec::ChunkSummary s = codec::encode_chunk(v, chunk);
        std::string bytes;
        codec::encode_summary(s, bytes);
        CHECK(bytes.size() <= 60);
        if (round % 2 == 0) CHECK(bytes.size() <= 30);
        ByteReader reader(bytes);
        const Result<codec::ChunkSummary> back = codec::decode_summary(reader);
        REQUIRE(back.ok());
        CHECK(reader.done());
        CHECK(std::memcmp(&back->min, &s.min, 6 * sizeof(double)) == 0);
        CHECK(back->count == s.count);
        CHECK(back->resets == s.resets);
        for (size_t cut = 0; cut < bytes.size(); cut++) {
            ByteReader torn(std::string_view(bytes).substr(0, cut));
            CHECK_FALSE(codec::decode_summary(torn).ok());
        }
    }
}

// tests/golden/chunk/*.bin: what version 1 of the format looks like. A change of these bytes is a change of the format.
TEST_CASE("the chunk format is what it was") {
    const auto golden = [](const std::string& name, const Values& values) {
        const std::string path = "tests/golden/chunk/" + name + ".bin";
        std::string bytes;
        codec::encode_chunk(values, bytes);
        if (std::getenv("BELFRY_GOLDEN") != nullptr) std::ofstream(path, std::ios::binary) << bytes;
        std::ifstream file(path, std::ios::binary);
        const std::string expected((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
        CAPTURE(name);
        CHECK(bytes == expected);
        Values back(values.size());
        CHECK(codec::decode_chunk(expected, back).ok());
        CHECK(same_bits(back, values));
    };
    Values gauge(200);
    Values full(200);
    Values rare(200, 3);
    for (size_t i = 0; i < gauge.size(); i++) {
        gauge[i] = static_cast<double>(i * i * 7919 % 1000) / 100;
        full[i] = 1 / static_cast<double>(i + 3);
        if (i > 150) rare[i] = 4.5;
    }
    golden("gauge", gauge);
    golden("full_precision", full);
    golden("rare_change", rare);
    gauge[0] = model::stale_nan();
    gauge[100] = INF;
    golden("exceptions", gauge);
    golden("constant", Values(200, 0.25));
    golden("raw",
           {bits(0x123456789abcdef0), bits(0xfedcba9876543210), bits(0x7777777777777777), bits(0x8888888888888888)});
}
