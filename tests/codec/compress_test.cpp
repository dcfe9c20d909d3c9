#include "codec/compress.h"

#include <doctest/doctest.h>

#include <random>

using namespace belfry;
using codec::Coding;

namespace {

constexpr Coding ALL[] = {Coding::gzip, Coding::deflate, Coding::zstd, Coding::snappy};

std::string text(size_t size) {
    std::mt19937_64 rng(1);
    std::string out;
    while (out.size() < size)
        out += "node_cpu_seconds_total{cpu=\"" + std::to_string(rng() % 1000) + "\"} ";
    out.resize(size);
    return out;
}

}  // namespace

TEST_CASE("every coding gives back what went in") {
    for (const Coding coding : ALL) {
        CAPTURE(codec::to_string(coding));
        for (const size_t size : {0UL, 1UL, 1000UL, 300'000UL}) {
            const std::string plain = text(size);
            const Result<std::string> back = codec::decompress(coding, codec::compress(coding, plain));
            REQUIRE(back.ok());
            CHECK(*back == plain);
        }
    }
    CHECK(*codec::decompress(Coding::identity, "as is") == "as is");
}

TEST_CASE("a torn or trailing body is refused as invalid") {
    const std::string plain = text(5000);
    for (const Coding coding : ALL) {
        CAPTURE(codec::to_string(coding));
        const std::string packed = codec::compress(coding, plain);
        for (size_t cut = 0; cut < packed.size(); cut += 1 + cut / 20) {
            const Result<std::string> back = codec::decompress(coding, packed.substr(0, cut));
            // Nothing at all is an empty zstd body.
            if (back.ok())
                CHECK((coding == Coding::zstd && cut == 0));
            else
                CHECK(back.error().code == Code::invalid);
        }
        CHECK_FALSE(codec::decompress(coding, packed + "more").ok());
        CHECK_FALSE(codec::decompress(coding, "this is not compressed at all").ok());
    }
}

TEST_CASE("a body may not grow past the limit, exactly") {
    const std::string plain = text(10'000);
    for (const Coding coding : ALL) {
        CAPTURE(codec::to_string(coding));
        const std::string packed = codec::compress(coding, plain);
        CHECK(codec::decompress(coding, packed, {.bytes_max = 10'000}).ok());
        const Result<std::string> over = codec::decompress(coding, packed, {.bytes_max = 9'999});
        REQUIRE_FALSE(over.ok());
        CHECK(over.error().code == Code::exhausted);
    }
}

TEST_CASE("a bomb is refused by its ratio, and small repetitive bodies are not") {
    const std::string zeros(20UL << 20, '\0');
    for (const Coding coding : {Coding::gzip, Coding::deflate, Coding::zstd}) {
        CAPTURE(codec::to_string(coding));
        const std::string bomb = codec::compress(coding, zeros);
        const Result<std::string> out = codec::decompress(coding, bomb);
        REQUIRE_FALSE(out.ok());
        CHECK(out.error().code == Code::exhausted);
        CHECK(out.error().message.find("100 times") != std::string::npos);
        CHECK(codec::decompress(coding, codec::compress(coding, std::string(1UL << 20, 'x'))).ok());
    }
}

TEST_CASE("a snappy length that lies is refused before memory is taken") {
    const std::string lie =
        "\xff\xff\xff\xff\x0f"
        "abc";
    const Result<std::string> out = codec::decompress(Coding::snappy, lie);
    REQUIRE_FALSE(out.ok());
    CHECK(out.error().code == Code::exhausted);
}

TEST_CASE("gzip members after one another are one body") {
    const std::string two = codec::compress(Coding::gzip, "one ") + codec::compress(Coding::gzip, "two");
    CHECK(*codec::decompress(Coding::gzip, two) == "one two");
    const std::string frames = codec::compress(Coding::zstd, "one ") + codec::compress(Coding::zstd, "two");
    CHECK(*codec::decompress(Coding::zstd, frames) == "one two");
}

TEST_CASE("deflate without its zlib header is understood") {
    const std::string wrapped = codec::compress(Coding::deflate, text(100));
    CHECK(*codec::decompress(Coding::deflate, wrapped.substr(2, wrapped.size() - 6)) == text(100));
}

TEST_CASE("codings are known by their names in any case") {
    CHECK(codec::coding_from_name("GZIP") == Coding::gzip);
    CHECK(codec::coding_from_name("x-gzip") == Coding::gzip);
    CHECK(codec::coding_from_name("") == Coding::identity);
    CHECK_FALSE(codec::coding_from_name("br"));
}
