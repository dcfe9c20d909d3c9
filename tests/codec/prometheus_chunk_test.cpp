// A decoder written from the format's description alone holds the encoder to it.
#include "codec/prometheus_chunk.h"

#include "base/bytes.h"

#include <doctest/doctest.h>

#include <random>

using namespace belfry;
using namespace belfry::codec;
using model::Histogram;

namespace {

struct Bits {
    std::string_view bytes;
    size_t at = 0;
    uint64_t get(unsigned width) {
        uint64_t out = 0;
        for (; width > 0; --width, ++at) {
            REQUIRE(at / 8 < bytes.size());
            out = out << 1 | (static_cast<uint8_t>(bytes[at / 8]) >> (7 - at % 8) & 1);
        }
        return out;
    }
    uint64_t uvarint() {
        uint64_t out = 0;
        for (unsigned shift = 0;; shift += 7) {
            const uint64_t byte = get(8);
            out |= (byte & 127) << shift;
            if (byte < 128) return out;
        }
    }
    static int64_t sign(uint64_t value, unsigned width) {  // the range is (-2^(w-1), 2^(w-1)]
        if (width < 64 && value > uint64_t{1} << (width - 1)) value -= uint64_t{1} << width;
        return static_cast<int64_t>(value);
    }
    unsigned ones(unsigned max) {
        unsigned count = 0;
        while (count < max && get(1) == 1)
            ++count;
        return count;
    }
    static constexpr unsigned WIDTHS[] = {0, 3, 6, 9, 12, 18, 25, 56, 64};
    int64_t varbit() {
        const unsigned width = WIDTHS[ones(8)];
        return width == 0 ? 0 : sign(get(width), width);
    }
    uint64_t varbit_unsigned() { return get(WIDTHS[ones(8)]); }
    double full() { return std::bit_cast<double>(get(64)); }
};

struct Xor {
    uint64_t last = 0;
    unsigned leading = 0;
    unsigned width = 0;
    double first(Bits& bits) {
        last = bits.get(64);
        return std::bit_cast<double>(last);
    }
    double next(Bits& bits) {
        if (bits.get(1) == 1) {
            if (bits.get(1) == 1) {
                leading = static_cast<unsigned>(bits.get(5));
                width = static_cast<unsigned>(bits.get(6));
                if (width == 0) width = 64;
            }
            last ^= bits.get(width) << (64 - leading - width);
        }
        return std::bit_cast<double>(last);
    }
};

model::SampleColumns decode_xor(std::string_view bytes) {
    model::SampleColumns out;
    Bits bits{bytes};
    const uint64_t count = bits.get(16);
    out.times_ms.push_back(unzigzag(bits.uvarint()));
    Xor values;
    out.values.push_back(values.first(bits));
    int64_t delta = 0;
    for (uint64_t i = 1; i < count; ++i) {
        if (i == 1) {
            delta = static_cast<int64_t>(bits.uvarint());
        } else {
            constexpr unsigned DOD[] = {0, 14, 17, 20, 64};
            const unsigned width = DOD[bits.ones(4)];
            if (width > 0) delta += Bits::sign(bits.get(width), width);
        }
        out.times_ms.push_back(out.times_ms.back() + delta);
        out.values.push_back(values.next(bits));
    }
    CHECK((bits.at + 7) / 8 == bytes.size());
    return out;
}

std::vector<Histogram::Span> decode_spans(Bits& bits, size_t& buckets) {
    std::vector<Histogram::Span> out(bits.varbit_unsigned());
    for (auto& span : out) {
        span.length = static_cast<uint32_t>(bits.varbit_unsigned());
        span.offset = static_cast<int32_t>(bits.varbit());
        buckets += span.length;
    }
    return out;
}

model::SampleColumns decode_histograms(std::string_view bytes, PrometheusChunkType type, unsigned* flags) {
    model::SampleColumns out;
    Bits bits{bytes};
    const uint64_t count = bits.get(16);
    *flags = static_cast<unsigned>(bits.get(8));
    Histogram layout;
    const uint64_t threshold = bits.get(8);
    layout.zero_threshold = threshold == 0     ? 0
                            : threshold == 255 ? bits.full()
                                               : std::ldexp(0.5, static_cast<int>(threshold) - 243);
    layout.schema = static_cast<int8_t>(bits.varbit());
    size_t positive = 0;
    size_t negative = 0;
    layout.positive_spans = decode_spans(bits, positive);
    layout.negative_spans = decode_spans(bits, negative);
    if (layout.schema == Histogram::CUSTOM_BOUNDS) {
        const uint64_t bounds = bits.varbit_unsigned();
        for (uint64_t i = 0; i < bounds; ++i) {
            const uint64_t thousandths = bits.varbit_unsigned();
            layout.custom_bounds.push_back(thousandths == 0 ? bits.full()
                                                            : static_cast<double>(thousandths - 1) / 1000);
        }
    }
    const size_t columns = 2 + positive + negative;
    std::vector<int64_t> values(columns), steps(columns);
    std::vector<Xor> floats(columns);
    Xor sum;
    int64_t time = 0;
    int64_t step = 0;
    for (uint64_t i = 0; i < count; ++i) {
        auto h = std::make_shared<Histogram>(layout);
        if (i == 0)
            time = bits.varbit();
        else
            step = i == 1 ? static_cast<int64_t>(bits.varbit_unsigned()) : step + bits.varbit();
        time += step;
        const auto whole = [&](size_t c) {
            if (i == 0)
                values[c] = c < 2 ? static_cast<int64_t>(bits.varbit_unsigned()) : bits.varbit();
            else
                values[c] += steps[c] = i == 1 ? bits.varbit() : steps[c] + bits.varbit();
            return static_cast<double>(values[c]);
        };
        const auto real = [&](Xor& x) { return i == 0 ? x.first(bits) : x.next(bits); };
        const bool is_whole = type == PrometheusChunkType::histogram;
        h->count = is_whole ? whole(0) : real(floats[0]);
        h->zero_count = is_whole ? whole(1) : real(floats[1]);
        h->sum = real(sum);
        for (size_t c = 2; c < columns; ++c) {
            auto& buckets = c < 2 + positive ? h->positive_buckets : h->negative_buckets;
            const double value = is_whole ? whole(c) : real(floats[c]);
            buckets.push_back(is_whole && !buckets.empty() ? buckets.back() + value : value);
        }
        out.times_ms.push_back(time);
        out.values.push_back(h->sum);
        out.histograms.push_back(std::move(h));
    }
    CHECK((bits.at + 7) / 8 == bytes.size());
    return out;
}

void check_floats(const std::vector<int64_t>& times, const std::vector<double>& values) {
    model::SampleColumns samples;
    samples.times_ms = times;
    samples.values = values;
    size_t chunks = 0;
    for (size_t begin = 0; begin < samples.size(); ++chunks) {
        const auto plan = plan_prometheus_chunk(samples, begin);
        REQUIRE(plan.type == PrometheusChunkType::float_xor);
        std::string bytes;
        append_prometheus_chunk(samples, begin, plan, bytes);
        const auto got = decode_xor(bytes);
        REQUIRE(got.size() == plan.count);
        for (size_t i = 0; i < plan.count; ++i) {
            REQUIRE(got.times_ms[i] == times[begin + i]);
            REQUIRE(std::bit_cast<uint64_t>(got.values[i]) == std::bit_cast<uint64_t>(values[begin + i]));
        }
        begin += plan.count;
    }
    CHECK(chunks == (times.size() + 119) / 120);
}

Histogram example(double scale) {
    Histogram h;
    h.schema = 3;
    h.zero_threshold = 0x1p-128;
    h.zero_count = 2 * scale;
    h.positive_spans = {{-2, 2}, {3, 1}};
    h.negative_spans = {{0, 1}};
    h.positive_buckets = {1 * scale, 5 * scale, 2 * scale};
    h.negative_buckets = {3 * scale};
    h.count = 13 * scale;
    h.sum = 17.25 * scale;
    return h;
}

model::SampleColumns columns(const std::vector<Histogram>& histograms) {
    model::SampleColumns out;
    for (size_t i = 0; i < histograms.size(); ++i) {
        out.times_ms.push_back(1'700'000'000'000 + static_cast<int64_t>(i) * 15'000 + static_cast<int64_t>(i * i % 7));
        out.values.push_back(histograms[i].sum);
        out.histograms.push_back(std::make_shared<Histogram>(histograms[i]));
    }
    return out;
}

// Encodes all, decodes all, and gives the number of samples of each chunk.
std::vector<size_t> check_histograms(const model::SampleColumns& samples) {
    std::vector<size_t> out;
    for (size_t begin = 0; begin < samples.size(); begin += out.back()) {
        const auto plan = plan_prometheus_chunk(samples, begin);
        std::string bytes;
        append_prometheus_chunk(samples, begin, plan, bytes);
        unsigned flags = 0;
        const auto got = decode_histograms(bytes, plan.type, &flags);
        REQUIRE(got.size() == plan.count);
        for (size_t i = 0; i < plan.count; ++i) {
            Histogram want = *samples.histograms[begin + i];
            CHECK(got.times_ms[i] == samples.times_ms[begin + i]);
            CHECK(std::bit_cast<uint64_t>(got.histograms[i]->sum) == std::bit_cast<uint64_t>(want.sum));
            want.reset_hint = Histogram::ResetHint::unknown;
            Histogram have = *got.histograms[i];
            have.sum = want.sum = 0;  // may be NaN
            CHECK(have == want);
        }
        out.push_back(plan.count);
    }
    return out;
}

}  // namespace

TEST_CASE("an xor chunk has the bytes that the format's description gives") {
    model::SampleColumns samples;
    samples.times_ms = {1000, 2000, 3000};
    samples.values = {1, 1, 2};
    std::string bytes;
    append_prometheus_chunk(samples, 0, plan_prometheus_chunk(samples, 0), bytes);
    // count 3 | zigzag 1000 | 1.0 | 1000 | bits: 0 (same value) 0 (same step) 11 00001 001011 and the 11 bits of the
    // change 0x7ff0000000000000 = 1.0 ^ 2.0: one leading zero, 11 bits, 52 zeros
    const std::string want("\x00\x03\xd0\x0f\x3f\xf0\x00\x00\x00\x00\x00\x00\xe8\x07\x30\x97\xff\xc0", 18);
    std::string hex, want_hex;
    for (const char c : bytes)
        hex += fmt::format("{:02x}", static_cast<uint8_t>(c));
    for (const char c : want)
        want_hex += fmt::format("{:02x}", static_cast<uint8_t>(c));
    CHECK(hex == want_hex);
}

TEST_CASE("floats of every kind come back bit for bit from xor chunks") {
    check_floats({-5}, {0});
    check_floats({0, 1}, {model::stale_nan(), std::numeric_limits<double>::quiet_NaN()});
    check_floats({std::numeric_limits<int64_t>::min() / 4, 0, std::numeric_limits<int64_t>::max() / 4},
                 {1, -1, 5e-324});
    std::mt19937_64 random(7);
    std::vector<int64_t> times;
    std::vector<double> values;
    int64_t time = 1'700'000'000'000;
    for (int i = 0; i < 1'000; ++i) {
        // steps around the edges of every range
        static constexpr int64_t EDGES[] = {15'000, 15'000 + 8191, 15'000 + 8192, 15'000 + 65'536, 15'000 + 524'288,
                                            1,      900'000};
        time += EDGES[random() % 7];
        times.push_back(time);
        values.push_back(i % 3 == 0 ? std::bit_cast<double>(random()) : static_cast<double>(random() % 1000) / 10);
    }
    check_floats(times, values);
}

TEST_CASE("histograms with whole counts go as whole numbers, others as floats") {
    std::vector<Histogram> rows;
    for (int i = 1; i <= 300; ++i)
        rows.push_back(example(i));
    const auto whole = columns(rows);
    CHECK(plan_prometheus_chunk(whole, 0).type == PrometheusChunkType::histogram);
    CHECK(check_histograms(whole) == std::vector<size_t>{120, 120, 60});
    rows.clear();
    for (int i = 1; i <= 130; ++i)
        rows.push_back(example(i + 0.5));
    const auto real = columns(rows);
    CHECK(plan_prometheus_chunk(real, 0).type == PrometheusChunkType::float_histogram);
    CHECK(check_histograms(real) == std::vector<size_t>{120, 10});
}

TEST_CASE("a chunk of histograms ends where the layout, the kind or the counter changes") {
    Histogram other_schema = example(3);
    other_schema.schema = 2;
    Histogram gauge = example(1);
    gauge.reset_hint = Histogram::ResetHint::gauge;
    Histogram stale;
    stale.sum = model::stale_nan();
    Histogram reset = example(9);
    reset.reset_hint = Histogram::ResetHint::reset;
    const auto sizes =
        check_histograms(columns({example(1), example(2), other_schema, example(4), example(3), gauge, gauge, stale,
                                  example(5), example(5.5), example(7), reset, example(10)}));
    CHECK(sizes == std::vector<size_t>{2, 1, 1, 1, 2, 1, 1, 1, 1, 2});
    auto mixed = columns({example(1), example(2), example(3)});
    mixed.histograms[1] = nullptr;
    CHECK(plan_prometheus_chunk(mixed, 0).count == 1);
    CHECK(plan_prometheus_chunk(mixed, 1).type == PrometheusChunkType::float_xor);
}

TEST_CASE("custom bounds and thresholds come back, written by hand or not") {
    Histogram h;
    h.schema = Histogram::CUSTOM_BOUNDS;
    h.custom_bounds = {-1, 0, 0.005, 0.1, 1.0 / 3, 33'554.43, 33'554.431, 1e9};
    h.positive_spans = {{0, 9}};
    h.positive_buckets = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    h.count = 45;
    CHECK(check_histograms(columns({h})) == std::vector<size_t>{1});
    for (const double threshold : {0.0, 0x1p-243, 0x1p-244, 0x1p10, 0x1p11, 0.001}) {
        Histogram e = example(1);
        e.zero_threshold = threshold;
        CHECK(check_histograms(columns({e})) == std::vector<size_t>{1});
    }
}
