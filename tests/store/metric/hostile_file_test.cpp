#include "store/metric/metric_store.h"
#include "support/metric_store_model.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

using namespace belfry;
using belfry::tests::StoreModel;
using belfry::tests::TempDir;

namespace {

constexpr int64_t NOW_MS = 1'790'000'000'000;

void read_everything(const store::MetricStore& store) {
    const model::TimeRange all{0, NOW_MS * 2};
    const auto selection = store.select("default", {}, all, 0);
    if (!selection.ok()) {
        CHECK(selection.error().code == Code::corrupt);
        return;
    }
    model::SampleColumns columns;
    for (size_t i = 0; i < (*selection)->series().size(); i++) {
        store::ReadCounts counts;
        const auto read = (*selection)->read(i, all, columns, counts);
        if (!read.ok()) CHECK(read.error().code == Code::corrupt);
    }
    (void)store.label_values({.tenant = "default", .range = all, .selectors = {}}, "host");
    (void)store.label_names({.tenant = "default", .range = all, .selectors = {}});
}

}  // namespace

TEST_CASE("a damaged file gives errors or is put aside, and the rest serves on") {
    const TempDir good;
    ManualClock clock(NOW_MS);
    StoreModel m(5);
    m.samples_a_batch = 400;
    {
        auto store = store::MetricStore::open(real_file_system(), clock, {good.path(), {}, {}}).value();
        for (int i = 0; i < 6; i++) m.accept(m.make_batch(clock.now_ms() + i * 60'000));
        m.replay(*store);
        REQUIRE(store->compact().ok());
        for (int i = 0; i < 3; i++) m.accept(m.make_batch(clock.now_ms() + i * 60'000));
        m.replay(*store);
        REQUIRE(store->seal().ok());
    }
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(good.path())) {
        if (entry.is_regular_file() && entry.path().extension() == ".mdb") names.push_back(entry.path().filename());
    }
    std::sort(names.begin(), names.end());
    REQUIRE(names.size() >= 3);
    size_t quarantined = 0;
    for (int round = 0; round < 60; round++) {
        CAPTURE(round);
        const TempDir dir;
        std::filesystem::copy(good.path(), dir.path(), std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
        const std::string victim = dir.path() + "/" + names[m.below(names.size())];
        const auto size = std::filesystem::file_size(victim);
        if (round % 6 == 0) {
            std::filesystem::resize_file(victim, m.below(size));
        } else {
            std::fstream file(victim, std::ios::in | std::ios::out | std::ios::binary);
            for (size_t k = 0; k <= m.below(4); k++) {
                file.seekp(static_cast<std::streamoff>(m.below(size)));
                const char byte = static_cast<char>(m.random()());
                file.write(&byte, 1);
            }
        }
        auto opened = store::MetricStore::open(real_file_system(), clock, {dir.path(), {}, {}});
        REQUIRE(opened.ok());
        read_everything(**opened);
        (void)(*opened)->compact();
        (void)(*opened)->compact();
        read_everything(**opened);
        quarantined += (*opened)->status().quarantined_files;
    }
    CHECK(quarantined > 0);
}

TEST_CASE("a damaged manifest stops the start with a clear error") {
    const TempDir dir;
    ManualClock clock(NOW_MS);
    StoreModel m(5);
    {
        auto store = store::MetricStore::open(real_file_system(), clock, {dir.path(), {}, {}}).value();
        m.accept(m.make_batch(clock.now_ms()));
        m.replay(*store);
        REQUIRE(store->compact().ok());
    }
    std::filesystem::resize_file(dir.file("manifest"), 20);
    const auto opened = store::MetricStore::open(real_file_system(), clock, {dir.path(), {}, {}});
    REQUIRE_FALSE(opened.ok());
    CHECK(opened.error().code == Code::corrupt);
}
