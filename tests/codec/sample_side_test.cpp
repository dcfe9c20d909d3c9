#include "codec/sample_side.h"

#include "codec/histogram.h"
#include "codec/histogram_chunk.h"
#include "support/random_histogram.h"

#include <doctest/doctest.h>

using namespace belfry;
using belfry::tests::RandomHistograms;
using belfry::tests::same_bits;

namespace {

/// `count` samples, some of them floats, with start times now and then.
model::SampleColumns make_columns(size_t count, uint64_t seed) {
    std::mt19937_64 random(seed);
    RandomHistograms histograms(seed);
    model::SampleColumns out;
    int64_t start_ms = static_cast<int64_t>(random() % 3) * 1'000;
    const bool starts = random() % 2 == 0;
    for (size_t i = 0; i < count; i++) {
        out.times_ms.push_back(static_cast<int64_t>(i) * 15'000);
        out.histograms.push_back(random() % 10 == 0 ? nullptr : histograms.next());
        out.values.push_back(out.histograms.back() ? out.histograms.back()->sum : static_cast<double>(i));
        if (!starts) continue;
        if (random() % 30 == 0) start_ms = out.times_ms.back();
        out.start_times_ms.push_back(seed % 3 == 0 ? out.times_ms.back() - 15'000 : start_ms);
    }
    return out;
}

}  // namespace

TEST_CASE("a histogram comes back to the last bit by itself") {
    RandomHistograms histograms(1);
    std::string bytes;
    for (int i = 0; i < 2'000; i++) {
        const auto histogram = histograms.next();
        bytes.clear();
        codec::put_histogram(*histogram, bytes);
        model::Histogram back;
        back.sum = histogram->sum;
        ByteReader in(bytes);
        REQUIRE(codec::get_histogram(in, back));
        REQUIRE(in.done());
        REQUIRE(same_bits(*histogram, back));
        for (size_t cut = 0; cut < bytes.size(); cut++) {
            ByteReader part(std::string_view(bytes).substr(0, cut));
            REQUIRE_FALSE(codec::get_histogram(part, back));
        }
    }
}

TEST_CASE("any part of side columns comes back: mixed with floats, over changes of layout") {
    for (uint64_t seed = 1; seed <= 60; seed++) {
        std::mt19937_64 random(seed);
        const size_t count = 1 + random() % 300;
        const model::SampleColumns columns = make_columns(count, seed);
        std::string bytes;
        codec::encode_side(columns, 0, count, bytes);
        for (int round = 0; round < 5; round++) {
            const size_t low = round == 0 ? 0 : random() % count;
            const size_t high = round == 0 ? count : low + random() % (count - low + 1);
            model::SampleColumns out;
            out.times_ms.assign(columns.times_ms.begin() + static_cast<ptrdiff_t>(low),
                                columns.times_ms.begin() + static_cast<ptrdiff_t>(high));
            out.values.assign(columns.values.begin() + static_cast<ptrdiff_t>(low),
                              columns.values.begin() + static_cast<ptrdiff_t>(high));
            const Status decoded = codec::decode_side(bytes, count, low, high, out, 0);
            REQUIRE_MESSAGE(decoded.ok(), (decoded.ok() ? "" : decoded.error().message));
            for (size_t i = low; i < high; i++) {
                REQUIRE(same_bits(columns.histograms[i], out.histograms.empty() ? nullptr : out.histograms[i - low]));
                const int64_t start_ms = columns.start_times_ms.empty() ? 0 : columns.start_times_ms[i];
                REQUIRE(start_ms == (out.start_times_ms.empty() ? 0 : out.start_times_ms[i - low]));
            }
        }
    }
}

TEST_CASE("side columns that are cut or changed are an error, never a crash") {
    const model::SampleColumns columns = make_columns(100, 9);
    std::string bytes;
    codec::encode_side(columns, 0, 100, bytes);
    const auto decode = [&](std::string_view changed) {
        model::SampleColumns out;
        out.times_ms = columns.times_ms;
        out.values = columns.values;
        return codec::decode_side(changed, 100, 0, 100, out, 0).ok();
    };
    for (size_t cut = 0; cut < bytes.size(); cut += 1 + cut / 40)
        CHECK_FALSE(decode(std::string_view(bytes).substr(0, cut)));
    CHECK_FALSE(decode(bytes + "x"));
    std::mt19937_64 random(3);
    for (int i = 0; i < 300; i++) {
        std::string changed = bytes;
        changed[random() % changed.size()] = static_cast<char>(random());
        (void)decode(changed);
    }
}

TEST_CASE("a start time that holds costs a few bytes a chunk, a growing histogram a few bits a bucket") {
    model::SampleColumns columns;
    model::Histogram h;
    h.schema = 3;
    h.zero_threshold = 0x1p-128;
    h.positive_spans = {{-5, 20}};
    h.positive_buckets.assign(20, 0);
    std::mt19937_64 random(4);
    for (size_t i = 0; i < 128; i++) {
        for (double& bucket : h.positive_buckets)
            h.count += static_cast<double>(random() % 4), bucket += 0;
        h.count = 0;
        for (double& bucket : h.positive_buckets)
            h.count += bucket += static_cast<double>(random() % 4);
        columns.times_ms.push_back(static_cast<int64_t>(i));
        columns.values.push_back(h.sum);
        columns.start_times_ms.push_back(1'700'000'000'000);
    }
    std::string starts;
    codec::encode_side(columns, 0, 128, starts);
    CHECK(starts.size() <= 14);
    columns.histograms.resize(128);
    for (auto& histogram : columns.histograms)
        histogram = std::make_shared<model::Histogram>(h);
    std::string bytes;
    codec::encode_side(columns, 0, 128, bytes);
    MESSAGE("bytes of 128 equal histograms of 20 buckets: ", bytes.size());
    CHECK(bytes.size() < 300);
}
