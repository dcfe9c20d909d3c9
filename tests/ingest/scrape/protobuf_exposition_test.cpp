#include "ingest/scrape/protobuf_exposition.h"

#include "codec/protobuf.h"

#include <doctest/doctest.h>

#include <bit>

using namespace belfry;
using namespace belfry::ingest::scrape;

namespace {

std::string varint(uint64_t v) {
    std::string out;
    for (; v >= 128; v >>= 7)
        out += static_cast<char>(v | 128);
    return out + static_cast<char>(v);
}
std::string bytes(int field, const std::string& content) {
    return varint(static_cast<uint64_t>(field) << 3 | 2) + varint(content.size()) + content;
}
std::string number(int field, uint64_t v) {
    return varint(static_cast<uint64_t>(field) << 3) + varint(v);
}
std::string zigzag(int field, int64_t v) {
    return number(field, static_cast<uint64_t>(v) << 1 ^ static_cast<uint64_t>(v >> 63));
}
std::string real(int field, double v) {
    std::string out = varint(static_cast<uint64_t>(field) << 3 | 1);
    const auto bits = std::bit_cast<uint64_t>(v);
    for (int i = 0; i < 8; i++)
        out += static_cast<char>(bits >> (8 * i));
    return out;
}
std::string label(const std::string& name, const std::string& value) {
    return bytes(1, bytes(1, name) + bytes(2, value));
}
std::string family(const std::string& name, uint64_t type, const std::string& metrics) {
    const std::string message = bytes(1, name) + bytes(2, "Help.") + number(3, type) + metrics;
    return varint(message.size()) + message;
}

struct Walked {
    std::vector<std::string> lines;  // "series value" or "series histogram count"
    std::vector<model::MetricMetadata> families;
    std::vector<ExposedSample> samples;
    Status status;
};

Walked walk(const std::string& body, const ProtobufOptions& options = {}) {
    Walked out;
    out.status = walk_protobuf_exposition(
        body, options,
        [&](const model::MetricMetadata& m) -> Status {
            out.families.push_back(m);
            return {};
        },
        [&](ExposedSample& s) -> Status {
            out.lines.push_back(s.histogram ? fmt::format("{} histogram {}", s.series, s.histogram->count)
                                            : fmt::format("{} {}", s.series, s.value));
            out.samples.push_back(s);
            return {};
        });
    return out;
}

const std::string CREATED = number(1, 100) + number(2, 500'000'000);

}  // namespace

TEST_CASE("counters, gauges and summaries become lines") {
    const std::string exemplar = bytes(2, label("trace_id", "abc") + real(2, 0.5) + bytes(3, number(1, 7)));
    const std::string body =
        family("c_total", 0,
               bytes(4, label("a", "x\"y") + bytes(3, real(1, 5) + exemplar + bytes(3, CREATED)) + number(6, 1234))) +
        family("g.dotted", 1, bytes(4, label("b.c", "1") + bytes(2, real(1, -1.5)))) +
        family("s", 2,
               bytes(4, bytes(4, number(1, 3) + real(2, 9) + bytes(3, real(1, 0.5) + real(2, 2)) +
                                     bytes(3, real(1, 1) + real(2, 4)))));
    const Walked got = walk(body);
    REQUIRE(got.status.ok());
    CHECK(got.lines == std::vector<std::string>{R"(c_total{a="x\"y"} 5)", R"({"g.dotted","b.c"="1"} -1.5)",
                                                R"(s{quantile="0.5"} 2)", R"(s{quantile="1.0"} 4)", "s_sum 9",
                                                "s_count 3"});
    CHECK(got.samples[0].time_ms == 1234);
    CHECK(got.samples[0].start_ms == 100'500);
    REQUIRE(got.samples[0].exemplars.size() == 1);
    CHECK(got.samples[0].exemplars[0].time_ms == 7000);
    CHECK_FALSE(got.samples[1].time_ms);
    CHECK(got.families[0].type == model::MetricType::counter);
    CHECK(got.families[0].help == "Help.");
}

TEST_CASE("a classic histogram has its bounds as floats and always an infinite one") {
    const Walked got = walk(family("h", 4,
                                   bytes(4, bytes(7, number(1, 5) + real(2, 12) + bytes(3, number(1, 2) + real(2, 1)) +
                                                         bytes(3, number(1, 3) + real(2, 2.5))))));
    REQUIRE(got.status.ok());
    CHECK(got.lines == std::vector<std::string>{R"(h_bucket{le="1.0"} 2)", R"(h_bucket{le="2.5"} 3)",
                                                R"(h_bucket{le="+Inf"} 5)", "h_sum 12", "h_count 5"});
}

TEST_CASE("a native histogram is taken when it is wanted, else its classic buckets") {
    const std::string native = number(1, 6) + real(2, 20) + zigzag(5, 3) + real(6, 0.001) + number(7, 1) +
                               bytes(12, zigzag(1, -1) + number(2, 2)) + bytes(12, zigzag(1, 3) + number(2, 1)) +
                               zigzag(13, 2) + zigzag(13, -1) + zigzag(13, 1) + bytes(3, number(1, 4) + real(2, 1)) +
                               bytes(15, CREATED);
    const std::string body = family("n", 4, bytes(4, bytes(7, native)));
    const Walked got = walk(body, {.native_histograms = true});
    REQUIRE(got.status.ok());
    CHECK(got.lines == std::vector<std::string>{"n histogram 6"});
    const model::Histogram& h = *got.samples[0].histogram;
    CHECK(h.schema == 3);
    CHECK(h.zero_count == 1);
    CHECK(h.positive_spans == std::vector<model::Histogram::Span>{{-1, 2}, {3, 1}});
    CHECK(h.positive_buckets == std::vector<double>{2, 1, 2});
    CHECK(got.samples[0].start_ms == 100'500);
    CHECK(walk(body).lines.size() == 4);
    CHECK(walk(body, {.native_histograms = true, .classic_histograms = true}).lines.size() == 5);
}

TEST_CASE("an empty native histogram is still native") {
    const std::string empty = number(1, 0) + zigzag(5, 3) + real(6, 1e-128) + bytes(12, zigzag(1, 0) + number(2, 0));
    const Walked got = walk(family("n", 4, bytes(4, bytes(7, empty))), {.native_histograms = true});
    REQUIRE(got.status.ok());
    CHECK(got.lines == std::vector<std::string>{"n histogram 0"});
}

TEST_CASE("what is torn or does not fit is refused") {
    const std::string good = family("g", 1, bytes(4, bytes(2, real(1, 1))));
    for (size_t n = 1; n < good.size(); n++) {
        CAPTURE(n);
        CHECK_FALSE(walk(good.substr(0, n)).status.ok());
    }
    const std::string odd =
        number(1, 6) + zigzag(5, 3) + real(6, 0.001) + bytes(12, zigzag(1, 0) + number(2, 4)) + zigzag(13, 2);
    CHECK(walk(family("n", 4, bytes(4, bytes(7, odd))), {.native_histograms = true})
              .status.error()
              .message.find("do not fit") != std::string::npos);
    CHECK_FALSE(
        walk(family("n", 4, bytes(4, bytes(7, number(1, 6) + zigzag(5, 99) + real(6, 1)))), {.native_histograms = true})
            .status.ok());
}
