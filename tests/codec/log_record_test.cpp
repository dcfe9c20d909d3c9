#include "codec/log_record.h"

#include <doctest/doctest.h>

using namespace belfry;

namespace {

model::LogBatch example() {
    return {.tenant = "t1",
            .streams = {{.attributes = {{"hostname", "a"}},
                         .records = {{1'795'348'800'000'000'000, model::LogSeverity::error, "no disk"},
                                     {1'795'348'800'000'000'001, model::LogSeverity::unknown, "ok"}}}}};
}

std::string hex(std::string_view bytes) {
    std::string out;
    for (const char c : bytes)
        out += fmt::format("{:02x}", static_cast<uint8_t>(c));
    return out;
}

}  // namespace

TEST_CASE("a record of logs has these bytes") {
    const std::string bytes = codec::encode_log_batch(example());
    CHECK(hex(bytes) ==
          "01000274310a450a110a0f0a08686f73746e616d6512030a01611230121d090080ecaf385cea1810111a054552524f522a090a076e6f"
          "206469736b120f090180ecaf385cea182a040a026f6b");
    CHECK(*codec::decode_log_batch(bytes) == example());
}

TEST_CASE("a long record of logs is compressed") {
    model::LogBatch batch = example();
    batch.streams[0].records[0].body.assign(100'000, 'x');
    const std::string bytes = codec::encode_log_batch(batch);
    CHECK(bytes.size() < 1'000);
    CHECK(*codec::decode_log_batch(bytes) == batch);
}

TEST_CASE("a damaged record of logs is corrupt, never more") {
    const std::string good = codec::encode_log_batch(example());
    for (size_t i = 0; i < good.size(); i++) {
        (void)codec::decode_log_batch(good.substr(0, i));
        std::string bad = good;
        bad[i] = static_cast<char>(~bad[i]);
        (void)codec::decode_log_batch(bad);
    }
    CHECK(!codec::decode_log_batch("").ok());
    CHECK(!codec::decode_log_batch("\x02\x00\x00").ok());
    CHECK(!codec::decode_log_batch(std::string_view("\x01\x07\x00", 3)).ok());
}
