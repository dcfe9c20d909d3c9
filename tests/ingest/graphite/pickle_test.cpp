#include "ingest/graphite/map.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

using namespace belfry;

namespace {

std::string corpus(const std::string& name) {
    std::ifstream file("tests/fuzz/corpus/pickle/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

struct Read {
    ingest::graphite::PointMapper mapper;
    ingest::WireBatch batch;
    explicit Read(const std::string& bytes) {
        mapper.clear(batch);
        mapper.add_pickle(bytes, 1'000, batch);
    }
};

}  // namespace

TEST_CASE("pickles of every protocol, as Python writes them, are read alike") {
    for (int protocol = 0; protocol <= 5; protocol++) {
        CAPTURE(protocol);
        const Read read(corpus("protocol" + std::to_string(protocol)));
        CHECK(read.mapper.bad().first_message == "");
        REQUIRE(read.batch.series.size() == 5);
        CHECK(read.batch.series[0].wire == "servers.web01.load");
        CHECK(read.batch.samples[0].time_ms == 1'795'348'800'000);
        CHECK(read.batch.samples[0].value == 1.5);
        CHECK(read.batch.series[1].wire == "a;dc=eu;rack=7");
        CHECK(read.batch.samples[1].time_ms == 1'795'348'800'250);
        CHECK(read.batch.samples[1].value == -2);
        CHECK(read.batch.series[2].wire == "größe");
        CHECK(read.batch.samples[2].time_ms == 1'000);
        CHECK(read.batch.samples[2].value == 1);
        CHECK(read.batch.samples[3].value == 1'099'511'627'776.0);
        CHECK(read.batch.samples[4].value == 3);
    }
    const Read bytes(corpus("bytes"));
    CHECK(bytes.batch.samples.size() == 0);  // a call of Python's codec: bytes have no opcode before protocol 3
}

TEST_CASE("a pickle that would make an object or call something is refused") {
    for (const char* name : {"reduce0", "reduce2", "reduce4"}) {
        CAPTURE(name);
        const Read read(corpus(name));
        CHECK(read.batch.samples.empty());
        CHECK(read.mapper.bad().count == 1);
        CHECK(read.mapper.bad().first_message.find("is not accepted") != std::string::npos);
    }
    for (const char* opcode :
         {"c", "R", "o", "b", "i", "\x81", "\x92", "\x93", "P", "Q", "}", "d", "s", "u", "\x82", "\x98"}) {
        CAPTURE(opcode);
        CHECK(Read(std::string("\x80\x02") + opcode).mapper.bad().count == 1);
    }
}

TEST_CASE("hostile pickles are refused and counted") {
    using std::string_literals::operator""s;
    for (const std::string& bytes : {""s,
                                     "."s,
                                     "N."s,
                                     "]"s,
                                     "(."s,
                                     "t."s,
                                     "a."s,
                                     "e."s,
                                     "]e."s,
                                     "Na."s,
                                     "K\1a."s,
                                     "U\5abc."s,
                                     "X\xff\xff\xff\xff."s,
                                     "\x8d\xff\xff\xff\xff\xff\xff\xff\xff."s,
                                     "I1"s,
                                     "Ix\n."s,
                                     "Fx\n."s,
                                     "S'a\n."s,
                                     "S'\\x4'\n."s,
                                     "V\\u12\n."s,
                                     "V\\ud800\n."s,
                                     "g1\n."s,
                                     "h\1."s,
                                     "q\1."s,
                                     "\x8a\tzzzzzzzzz."s,
                                     "\x80\t."s,
                                     "\x85."s,
                                     "0."s,
                                     "1."s,
                                     "(K\1"s + "1t."s,
                                     std::string(200'000, '('),
                                     std::string(200'000, ')')}) {
        CAPTURE(bytes.substr(0, 20));
        const Read read(bytes);
        CHECK(read.batch.samples.empty());
        CHECK(read.mapper.bad().count == 1);
    }
    CHECK(Read(corpus("cycle")).mapper.bad().count == 1);
    CHECK(Read(corpus("deep")).mapper.bad().count >= 0);
}

TEST_CASE("bad points of a good pickle are left out alone") {
    // [("a", (1, 2.0)), ("b", 7), ("c", (1, None)), 5]
    using std::string_literals::operator""s;
    const Read read("\x80\x02](U\1aK\1K\2\x86\x86U\1bK\7\x86U\1cK\1N\x86\x86K\5e."s);
    CHECK(read.batch.series.size() == 1);
    CHECK(read.batch.series[0].wire == "a");
    CHECK(read.batch.samples[0].time_ms == 1'000);
    CHECK(read.mapper.bad().count == 3);
}
