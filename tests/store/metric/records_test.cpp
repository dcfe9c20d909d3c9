#include "store/metric/record_chunk.h"
#include "store/metric/records.h"

#include "base/bytes.h"
#include "base/hash.h"
#include "store/metric/manifest.h"

#include <doctest/doctest.h>

using namespace belfry;
using model::SampleRecord;
using model::SampleRecords;

namespace {

constexpr int64_t M = 60'000;

std::string hex(std::string_view bytes) {
    std::string out;
    for (const char c : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return out;
}

model::SampleColumns columns(const std::vector<model::Sample>& samples) {
    model::SampleColumns out;
    for (const model::Sample& s : samples) {
        out.times_ms.push_back(s.time_ms);
        out.values.push_back(s.value);
    }
    return out;
}

}  // namespace

TEST_CASE("a window holds its end and not its beginning") {
    CHECK(store::record_end_ms(0, 5 * M) == 0);
    CHECK(store::record_end_ms(1, 5 * M) == 5 * M);
    CHECK(store::record_end_ms(5 * M, 5 * M) == 5 * M);
    CHECK(store::record_end_ms(5 * M + 1, 5 * M) == 10 * M);
    CHECK(store::record_end_ms(-1, 5 * M) == 0);
    CHECK(store::record_end_ms(-5 * M, 5 * M) == -5 * M);
}

TEST_CASE("a record says count, sum, extremes, ends, what a counter lost, and that the series went") {
    SampleRecords out;
    store::make_records(columns({{M, 5}, {2 * M, 9}, {3 * M, 2}, {4 * M, 20}, {6 * M, 21}, {7 * M, model::stale_nan()}}), 5 * M, out);
    REQUIRE(out.size() == 2);
    CHECK(out[0] == SampleRecord{5 * M, 5 * M, 4, 36, 2, 20, 5, 20, M, 4 * M, 9, 0});
    CHECK(out[1] == SampleRecord{10 * M, 5 * M, 1, 21, 21, 21, 21, 21, 6 * M, 6 * M, 0, 7 * M});
    store::coarsen(out, 60 * M);
    REQUIRE(out.size() == 1);
    CHECK(out[0] == SampleRecord{60 * M, 60 * M, 5, 57, 2, 21, 5, 21, M, 6 * M, 9, 7 * M});
    store::absorb_samples(out, 60 * M, columns({{8 * M, 1}, {61 * M, 4}}));
    REQUIRE(out.size() == 2);
    CHECK(out[0] == SampleRecord{60 * M, 60 * M, 6, 58, 1, 21, 5, 1, M, 8 * M, 30, 0});
}

TEST_CASE("records come back from their bytes, which stay what they are") {
    SampleRecords records;
    store::make_records(columns({{M, 5}, {2 * M, 9}, {7 * M, 2}, {8 * M, 20}, {11 * M, 0.25}, {12 * M, model::stale_nan()}}), 5 * M, records);
    std::string bytes;
    store::encode_records(records, bytes);
    std::vector<int64_t> ends;
    for (const SampleRecord& r : records) ends.push_back(r.end_ms);
    SampleRecords back;
    REQUIRE(store::decode_records(bytes, ends, 5 * M, back).ok());
    CHECK(back == records);
    for (size_t size = 0; size < bytes.size(); size++) {
        back.clear();
        CHECK_FALSE(store::decode_records(std::string_view(bytes).substr(0, size), ends, 5 * M, back).ok());
    }
    // a longer one, with gaps and windows that hold a stale marker alone
    records.clear();
    for (int64_t i = 0; i < 288; i++) {
        SampleRecord r{.end_ms = i * 5 * M, .span_ms = 5 * M};
        const double v = static_cast<double>(i * i % 97) / 4;
        if (i % 7 != 0) store::absorb(r, {r.end_ms, 0, 3, 3 * v, v - 1, v + 1, v - 1, v, r.end_ms - 2 * M, r.end_ms - 1, i % 5 == 0 ? v : 0, 0});
        else r.gone_ms = r.end_ms - 17;
        records.push_back(r);
    }
    ends.clear();
    bytes.clear();
    for (const SampleRecord& r : records) ends.push_back(r.end_ms);
    store::encode_records(records, bytes);
    back.clear();
    REQUIRE(store::decode_records(bytes, ends, 5 * M, back).ok());
    CHECK(back == records);
}

TEST_CASE("a manifest of the version before is read, with what it did not say at its default") {
    // "BFYMAN01": offset 7, seq 3, head id 9, one part of day 20,700, no tombstones
    std::string bytes = "BFYMAN01";
    for (const uint64_t v : {7, 3, 9, 1}) put_varint(bytes, v);
    put_sized(bytes, "part-20700-0000000002.mdb");
    bytes.push_back(1);
    put_varint(bytes, 2);
    for (const int64_t v : {int64_t{20'700}, int64_t{20'700}, int64_t{1}, int64_t{2}}) put_zigzag(bytes, v);
    for (const uint64_t v : {4, 5, 6}) put_varint(bytes, v);
    put_varint(bytes, 0);
    put_le(bytes, crc32c(bytes));
    const auto old = store::Manifest::decode(bytes);
    REQUIRE(old.ok());
    CHECK(old->files.at(0).resolution_ms == 0);
    CHECK(old->files.at(0).rules == 0);
    store::Manifest now = *old;
    now.files[0].resolution_ms = 300'000;
    now.files[0].rules = 77;
    now.add_tombstone({"acme", {model::Matcher::make(model::Matcher::Op::equal, "a", "b").value()}, {-5, 10}});
    const auto back = store::Manifest::decode(now.encode());
    REQUIRE(back.ok());
    CHECK(back->files == now.files);
    CHECK(back->tombstones == now.tombstones);
    CHECK(hex(now.encode()).starts_with("4246594d414e3032"));
}
