#include "ingest/statsd/map.h"

#include "support/recording_sink.h"

#include <doctest/doctest.h>

using namespace belfry;
using namespace belfry::ingest::statsd;

namespace {

/// Lines in, rows as `series time value` out.
struct Fixture {
    ingest::statsd::StatsdConfig config;
    std::optional<Aggregator> made;
    int64_t now_ms = 0;

    Aggregator& aggregator() {
        if (!made) made.emplace(config, 0);
        return *made;
    }
    /// The reason of the refusal, "" when taken.
    std::string add(std::string_view line) {
        const Result<Line> read = decode_line(line);
        if (!read.ok()) return "malformed";
        uint64_t values = 0;
        const auto problem = aggregator().add(*read, now_ms, values);
        return problem ? std::string(problem->reason) : "";
    }
    std::vector<std::string> flush(int64_t time_ms, bool works = true) {
        now_ms = time_ms;
        std::vector<std::string> rows;
        aggregator().flush(time_ms, false, [&](const ingest::WireBatch& batch) {
            if (!works) return false;
            size_t sample = 0;
            for (const auto& series : batch.series) {
                for (; sample < series.samples_end; sample++) {
                    const double value = batch.samples[sample].value;
                    rows.push_back(fmt::format("{} {} {}", model::LabelsView(series.wire).to_string(),
                                               batch.samples[sample].time_ms,
                                               model::is_stale(value) ? "stale" : fmt::format("{}", value)));
                }
            }
            return true;
        });
        return rows;
    }
};

using Rows = std::vector<std::string>;

}  // namespace

TEST_CASE("a counter begins with 0 and only grows, rates count") {
    Fixture f;
    CHECK(f.add("hits:1|c") == "");
    CHECK(f.add("hits:2|c|@0.1") == "");
    CHECK(f.add("hits:1:2:3|c") == "");
    CHECK(f.flush(10'000) == Rows{"hits 1 0", "hits 10000 27"});
    CHECK(f.flush(20'000) == Rows{"hits 20000 27"});
    CHECK(f.add("hits:0.5|c") == "");
    CHECK(f.flush(30'000) == Rows{"hits 30000 27.5"});
    CHECK(f.add("hits:-1|c") == "negative_counter");
}

TEST_CASE("a gauge is what was said last, and can be changed") {
    Fixture f;
    f.add("fuel:10|g|#car:a");
    f.add("fuel:+5|g|#car:a");
    f.add("fuel:-2|g|#car:a");
    f.add("fuel:-3|g|#car:b");
    CHECK(f.flush(10'000) == Rows{R"(fuel{car="a"} 10000 13)", R"(fuel{car="b"} 10000 -3)"});
    f.add("fuel:1:2|g|#car:a");
    CHECK(f.flush(20'000)[0] == R"(fuel{car="a"} 20000 2)");
}

TEST_CASE("a set counts its members of one interval") {
    Fixture f;
    for (const char* user : {"1", "2", "1", "a:b"})
        f.add(fmt::format("users:{}|s", user));
    CHECK(f.flush(10'000) == Rows{"users 10000 3"});
    CHECK(f.flush(20'000) == Rows{"users 20000 0"});
}

TEST_CASE("timers, histograms and distributions are native histograms") {
    Fixture f;
    f.add("t:1:2:4|ms");
    f.add("t:8|h|@0.5");
    f.add("t:-1:0|d");
    std::vector<std::shared_ptr<const model::Histogram>> seen;
    f.aggregator().flush(10'000, false, [&](const ingest::WireBatch& batch) {
        seen = batch.histograms;
        return true;
    });
    REQUIRE(seen.size() == 2);
    CHECK(seen[0]->count == 0);
    CHECK(seen[1]->count == 7);
    CHECK(seen[1]->sum == 22);
    CHECK(seen[1]->schema == 3);
    CHECK(seen[1]->zero_count == 1);
    CHECK(seen[1]->positive_buckets == std::vector<double>{1, 1, 1, 2});
    CHECK(seen[1]->positive_spans == std::vector<model::Histogram::Span>{{0, 1}, {7, 1}, {7, 1}, {7, 1}});
    CHECK(seen[1]->negative_spans == std::vector<model::Histogram::Span>{{0, 1}});
}

TEST_CASE("tags are labels in any order, the same tags are one series") {
    Fixture f;
    f.add("a:1|c|#x:1,y:2");
    f.add("a:1|c|#y:2,x:1,");
    f.add("a:1|c|#flag,x:u:v|c:container-1");
    const Rows rows = f.flush(10'000);
    CHECK(rows[1] == R"(a{x="1",y="2"} 10000 2)");
    CHECK(rows[3] == R"(a{flag="true",x="u:v"} 10000 1)");
}

TEST_CASE("a gauge with a time is written at that time, once") {
    Fixture f;
    CHECK(f.add("g:7|g|T1656581400") == "");
    CHECK(f.flush(10'000) == Rows{"g 1656581400000 7"});
    CHECK(f.flush(20'000).empty());
    CHECK(f.add("c:7|c|T1656581400") == "");
    CHECK(f.flush(30'000).back() == "c 30000 7");
}

TEST_CASE("what nobody sends to any more ends, and begins anew with 0") {
    Fixture f;
    f.config.expiry_ms = 30'000;
    f.now_ms = 5'000;
    f.add("hits:5|c");
    f.flush(10'000);
    f.flush(30'000);
    CHECK(f.flush(40'000) == Rows{"hits 40000 stale"});
    CHECK(f.flush(50'000).empty());
    CHECK(f.aggregator().key_count() == 0);
    f.add("hits:7|c");
    CHECK(f.flush(60'000) == Rows{"hits 50001 0", "hits 60000 7"});
}

TEST_CASE("what could not be written comes with the next interval") {
    Fixture f;
    f.add("hits:5|c");
    f.add("users:a|s");
    CHECK(f.flush(10'000, false).empty());
    f.add("hits:5|c");
    f.add("users:b|s");
    CHECK(f.flush(20'000) == Rows{"hits 1 0", "hits 20000 10", "users 20000 2"});
}

TEST_CASE("keys and members have limits, a name has one type") {
    Fixture f;
    f.config.keys_max = 2;
    f.config.set_members_max = 1;
    CHECK(f.add("a:1|c") == "");
    CHECK(f.add("b:1|s") == "");
    CHECK(f.add("c:1|c") == "keys_limit");
    CHECK(f.add("b:2|s") == "set_members_limit");
    CHECK(f.add("b:1|s") == "");
    CHECK(f.add("a:1|g") == "type_conflict");
    f.flush(10'000);
    CHECK(f.add("b:2|s") == "");
}

TEST_CASE("hostile lines are refused") {
    Fixture f;
    for (const char* line : {"a",
                             "a:1",
                             ":1|c",
                             "a:|c",
                             "a:1|",
                             "a:1|z",
                             "a:x|c",
                             "a:1:x|c",
                             "a:nan|g",
                             "a:inf|g",
                             "a:0x1|c",
                             "a:1e999|g",
                             "a:1|c|@0",
                             "a:1|c|@2",
                             "a:1|c|@x",
                             "a:1|c|Tx",
                             "a:1|c|T-1",
                             "a:1|c|#:x",
                             "a:1|c|#__name__:x",
                             "a:|g"})
        CHECK_MESSAGE(f.add(line) == "malformed", line);
    CHECK(f.flush(10'000).empty());
    CHECK(other_of("_e{5,4}:title|text") == Other::event);
    CHECK(other_of("_sc|name|0") == Other::none);
}

TEST_CASE("bucket bounds are exact") {
    for (int exponent = -100; exponent <= 100; exponent++) {
        const double power = std::ldexp(1.0, exponent);
        for (const int8_t schema : {int8_t{3}, int8_t{1}, int8_t{0}}) {
            CHECK(bucket_index(power, schema) == exponent * (1 << schema));
            CHECK(bucket_index(std::nextafter(power, 1e300), schema) == exponent * (1 << schema) + 1);
        }
    }
    CHECK(bucket_index(4, -1) == 1);
    CHECK(bucket_index(4.1, -1) == 2);
    CHECK(bucket_index(3, 3) == static_cast<int32_t>(std::ceil(std::log2(3.0) * 8)));
}

TEST_CASE("a histogram of a wide range becomes coarser and keeps every count") {
    ExponentialHistogram h;
    double expected = 0;
    for (int exponent = -120; exponent <= 120; exponent++) {
        h.add(std::ldexp(1.1, exponent), 1);
        h.add(-std::ldexp(1.1, exponent), 2);
        expected += 3;
    }
    const auto s = h.snapshot();
    CHECK(s->schema < 3);
    CHECK(s->positive_buckets.size() + s->negative_buckets.size() <= ExponentialHistogram::BUCKETS_MAX);
    double total = s->zero_count;
    for (const auto* buckets : {&s->positive_buckets, &s->negative_buckets}) {
        for (const double count : *buckets)
            total += count;
    }
    CHECK(total == expected);
    CHECK(s->count == expected);
    CHECK(h.snapshot() == s);
}

TEST_CASE("a dictionary of Python's is dimensions, with quotes, escapes, bars and commas in its texts") {
    Fixture f;
    CHECK(f.add(R"(a:1|g|#{'env': 'test', "k": "it's", 'n': 7, 'x': True})") == "");
    CHECK(f.add(R"(b:2|g|@1|#{'path': 'C:\\x|y, z}', u'uml': '\xe4\u00f6'})") == "");
    CHECK(f.add("c:3|g|#{}") == "");
    CHECK(f.add("d:4|g|#{'a': '1',}") == "");
    CHECK(f.flush(10'000) == Rows{R"(a{env="test",k="it's",n="7",x="True"} 10000 1)",
                                  R"(b{path="C:\\x|y, z}",uml="äö"} 10000 2)", "c 10000 3", R"(d{a="1"} 10000 4)"});
    for (const char* line : {"a:1|g|#{", "a:1|g|#{'a'}", "a:1|g|#{'a': }", "a:1|g|#{'a': 'b'", "a:1|g|#{'a': 'b'}x",
                             "a:1|g|#{'a': {'b': 1}}", R"(a:1|g|#{'a': '\q'})", R"(a:1|g|#{'a': '\ud800'})",
                             "a:1|g|#{'__name__': 'b'}", "a:1|g|#{'': 'b'}", "a:1|s|#{'a': 'b'}", "a:1|g|#{a: 'b'}"})
        CHECK_MESSAGE(f.add(line) == "malformed", line);
}

TEST_CASE("a line with a dictionary is counted as Monasca's agent counts it, others as before") {
    Fixture f;
    f.config.hostname = "web01";
    for (const char* line : {"hits:2|c|#{'a': 'b'}", "hits:1|c|@0.5|#{'a': 'b'}", "hits:1|c", "t:9|ms|#{'a': 'b'}",
                             "t:7|ms|#{'a': 'b'}", "up:1|g|#{'hostname': 'db'}", "up:+3|g|#{'hostname': 'db'}"})
        CHECK(f.add(line) == "");
    CHECK(f.flush(10'000) == Rows{R"(hits{a="b",hostname="web01"} 10000 4)", "hits 1 0", "hits 10000 1",
                                  R"(t{a="b",hostname="web01"} 10000 7)", R"(up{hostname="db"} 10000 3)"});
    // nothing is sent for what is idle, and it does not end with a mark either
    CHECK(f.flush(20'000) == Rows{"hits 20000 1"});
    CHECK(f.add("hits:5|c|#{'a': 'b'}") == "");
    CHECK(f.flush(30'000) == Rows{R"(hits{a="b",hostname="web01"} 30000 5)", "hits 30000 1"});
    CHECK(f.flush(1'000'000) == Rows{"hits 1000000 stale"});
    CHECK(f.aggregator().key_count() == 0);
}

TEST_CASE("a rate is the difference to the value before, a second, and one value is kept back") {
    Fixture f;
    CHECK(f.add("bytes:100|r") == "");
    CHECK(f.flush(10'000).empty());
    CHECK(f.add("bytes:150|r") == "");
    CHECK(f.flush(20'000) == Rows{"bytes 20000 5"});
    CHECK(f.flush(30'000).empty());
    CHECK(f.add("bytes:100|r") == "");  // fell: the sender began anew
    CHECK(f.flush(40'000).empty());
    CHECK(f.add("bytes:220|r") == "");
    CHECK(f.flush(50'000) == Rows{"bytes 50000 12"});
}

TEST_CASE("a service check is a gauge of its status") {
    Fixture f;
    CHECK(f.add("_sc|disk|2|h:web|#a:b|m:full") == "");
    CHECK(f.add("_sc|cpu|0|#{'c': 'd'}") == "");
    CHECK(f.add("_sc|x") == "malformed");
    CHECK(f.add("_sc|x|bad") == "malformed");
    CHECK(f.flush(10'000) == Rows{R"(disk{a="b"} 10000 2)", R"(cpu{c="d"} 10000 0)"});
}

TEST_CASE("with Monasca's dialect every line is Monasca's") {
    Fixture f;
    const auto add = [&](std::string_view line) {
        const auto read = decode_line(line, Dialect::monasca);
        if (!read.ok()) return false;
        uint64_t values = 0;
        return !f.aggregator().add(*read, 0, values);
    };
    CHECK(add("hits:3|c|#flag,empty:,k:v"));
    CHECK(add("hits:4|c|#flag,empty:,k:v"));
    CHECK_FALSE(add("people:a|s"));
    CHECK(f.flush(10'000) == Rows{R"(hits{empty="?",flag="True",k="v"} 10000 7)"});
}
