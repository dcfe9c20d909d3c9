#include "query/metric_store_source.h"
#include "query/promql/engine.h"
#include "query/workers.h"
#include "store/metric/metric_store.h"
#include "support/memory_source.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <random>

using namespace belfry;
using belfry::tests::TempDir;
using model::Matcher;

namespace {

constexpr int64_t MINUTE = 60'000;
constexpr int64_t HOUR = 60 * MINUTE;
constexpr int64_t DAY = 24 * HOUR;
constexpr int64_t START = 20'700 * DAY;

store::KeepMatch match(const char* name, const char* value) {
    store::KeepMatch m{.match = fmt::format("{{{}=\"{}\"}}", name, value)};
    m.matchers.push_back(Matcher::make(Matcher::Op::equal, name, value).value());
    return m;
}

/// A store with rules beside a source that has all samples for ever.
struct Fixture {
    TempDir dir;
    ManualClock clock{START};
    store::MetricStoreConfig config;
    std::unique_ptr<store::MetricStore> store;
    test::MemorySource all;
    query::Workers workers{1};
    std::vector<model::MetricBatch> log;
    std::map<std::string, model::HeadId> ids;
    std::map<std::string, int32_t> days;

    explicit Fixture(std::vector<store::DownsampleRule> rules) {
        config.retention_ms = 400 * DAY;
        config.downsample_rules = std::move(rules);
        open();
    }
    void open(store::MetricStore::CrashPoint crash_point = {}) {
        store.reset();
        auto opened = store::MetricStore::open(real_file_system(), clock, {dir.path(), config, std::move(crash_point)});
        REQUIRE_MESSAGE(opened.ok(), (opened.ok() ? "" : opened.error().message));
        store = std::move(*opened);
        replay();
    }
    void compact() {
        const auto done = store->compact();
        REQUIRE_MESSAGE(done.ok(), (done.ok() ? "" : done.error().message));
    }
    void replay() {
        for (size_t offset = store->applied_offset(); offset < log.size(); ++offset)
            REQUIRE(store->apply(log[offset], offset).ok());
    }
    void write(const model::Labels& labels, const std::vector<model::Sample>& samples) {
        model::MetricBatch batch;
        batch.series_day = static_cast<int32_t>(clock.now_ms() / DAY);
        auto& id = ids[labels.bytes()];
        if (id == 0 || days[labels.bytes()] < batch.series_day - 1) id = ids.size() + log.size() * 100;
        days[labels.bytes()] = batch.series_day;
        batch.add_series(id, labels.bytes());
        for (const model::Sample& s : samples) {
            batch.time_index.push_back(static_cast<uint32_t>(batch.times_ms.size()));
            batch.times_ms.push_back(s.time_ms);
            batch.ids.push_back(id);
            batch.values.push_back(s.value);
            all.add(labels, s.time_ms, s.value);
        }
        log.push_back(std::move(batch));
        replay();
    }
    promql::QueryResult ask(const query::MetricSource& source, std::string_view text, promql::QueryRange range) {
        const promql::Engine engine(source, workers);
        query::Budget budget({}, system_clock());
        auto out = engine.run_range(text, range, {}, budget);
        REQUIRE_MESSAGE(out.ok(), (out.ok() ? "" : out.error().message));
        samples_read = budget.samples();
        return std::move(*out);
    }
    void compare(std::string_view text, promql::QueryRange range, bool exact = true) {
        CAPTURE(text);
        CAPTURE(range.step_ms);
        const query::MetricStoreSource stored(*store);
        const promql::QueryResult wanted = ask(all, text, range);
        const promql::QueryResult got = ask(stored, text, range);
        REQUIRE(got.series.size() == wanted.series.size());
        for (size_t i = 0; i < got.series.size(); i++) {
            CAPTURE(got.series[i].labels.to_string());
            REQUIRE(got.series[i].labels == wanted.series[i].labels);
            REQUIRE(got.series[i].samples.times_ms == wanted.series[i].samples.times_ms);
            for (size_t k = 0; k < got.series[i].samples.size(); k++) {
                const double a = got.series[i].samples.values[k];
                const double b = wanted.series[i].samples.values[k];
                CAPTURE(k);
                CHECK((std::isnan(a) ? std::isnan(b) : a == doctest::Approx(b).epsilon(1e-9)));
            }
        }
        const auto coarse = [](const std::string& info) { return info.find("down-sampled") != std::string::npos; };
        CHECK(std::none_of(got.infos.begin(), got.infos.end(), coarse) == exact);
    }
    uint64_t samples_read = 0;
};

const model::Labels COUNTER{{"__name__", "c_total"}, {"job", "a"}};
const model::Labels GAUGE{{"__name__", "g"}, {"job", "a"}};
const model::Labels OTHER{{"__name__", "g"}, {"job", "b"}};

/// Ten days of samples with gaps, resets, stale markers and times on the edges of windows.
void fill(Fixture& f, uint64_t seed, int days = 10) {
    std::mt19937_64 random(seed);
    double count = 0;
    int64_t t = START + 1;
    std::vector<model::Sample> counter;
    std::vector<model::Sample> gauge;
    for (int day = 0; day < days; day++) {
        counter.clear();
        gauge.clear();
        for (; t < START + (day + 1) * DAY;) {
            if (random() % 400 == 0) count = 0;
            count += static_cast<double>(random() % 50);
            counter.push_back({t, count});
            double v = static_cast<double>(random() % 1000) / 4;
            if (random() % 100 == 0) v = model::stale_nan();
            if (random() % 200 == 0) v = std::numeric_limits<double>::quiet_NaN();
            gauge.push_back({t, v});
            t += 20'000 + static_cast<int64_t>(random() % 3) * 40'000;
            if (random() % 300 == 0) t += 3 * HOUR;
            if (random() % 10 == 0) t = t / (5 * MINUTE) * (5 * MINUTE) + 5 * MINUTE;
        }
        f.write(COUNTER, counter);
        f.write(GAUGE, gauge);
        f.write(OTHER, gauge);
        f.clock.advance_ms(DAY);
        REQUIRE(f.store->seal().ok());
    }
}

constexpr const char* EXACT[] = {"sum_over_time(g[1h])",
                                 "avg_over_time(g[1h])",
                                 "count_over_time(g[1h])",
                                 "min_over_time(g[2h])",
                                 "max_over_time(g[2h])",
                                 "last_over_time(g[1h])",
                                 "rate(c_total[1h])",
                                 "increase(c_total[4h])",
                                 "delta(g[1h])",
                                 "present_over_time(g[1h])",
                                 "first_over_time(g[1h])",
                                 "g",
                                 "c_total",
                                 "sum by (job) (rate(c_total[1h]))",
                                 "avg_over_time(g[1h] offset 2h)",
                                 "max_over_time(rate(c_total[1h])[4h:1h])"};

uint64_t files_of(const store::MetricStore& store, int64_t resolution_ms) {
    uint64_t samples = 0;
    for (const auto& file : store.status().files)
        if (file.resolution_ms == resolution_ms) samples += file.samples;
    return samples;
}

}  // namespace

TEST_CASE("every aggregate of down-sampled days equals the one of what was received, where steps and windows fit") {
    for (const uint64_t seed : {1, 2, 3}) {
        CAPTURE(seed);
        Fixture f({{{}, 3 * DAY, 5 * MINUTE, 0}, {{}, 6 * DAY, HOUR, 0}});
        fill(f, seed);
        f.compact();
        CHECK(files_of(*f.store, 5 * MINUTE) > 0);
        CHECK(files_of(*f.store, HOUR) > 0);
        for (int again = 0; again < 2; again++) {
            for (const char* text : EXACT)
                f.compare(text, {START + DAY, START + 10 * DAY, HOUR});
            // what fits five minutes alone, where these are left
            f.compare("rate(c_total[10m])", {START + 5 * DAY, START + 8 * DAY, 5 * MINUTE});
            f.compare("g", {START + 5 * DAY, START + 8 * DAY, 5 * MINUTE});
            // what fits nothing, where all is left
            f.compare("quantile_over_time(0.9, g[7m])", {START + 9 * DAY, START + 10 * DAY, 7 * MINUTE});
            f.open();
        }
        // far fewer were read
        const query::MetricStoreSource stored(*f.store);
        (void)f.ask(f.all, "avg_over_time(g[1h])", {START + DAY, START + 4 * DAY, HOUR});
        const uint64_t samples = f.samples_read;
        (void)f.ask(stored, "avg_over_time(g[1h])", {START + DAY, START + 4 * DAY, HOUR});
        CHECK(f.samples_read * 10 < samples);
    }
}

TEST_CASE("what records cannot answer exactly is answered with the resolution as an info") {
    Fixture f({{{}, 2 * DAY, 5 * MINUTE, 0}});
    fill(f, 4, 5);
    f.compact();
    const query::MetricStoreSource stored(*f.store);
    const promql::QueryRange old{START + DAY, START + DAY + 6 * HOUR, 7 * MINUTE};
    for (const char* text : {"quantile_over_time(0.5, g[30m])", "rate(c_total[1m])", "sum_over_time(g[7m])", "g",
                             "deriv(g[1h])", "c_total"}) {
        CAPTURE(text);
        const promql::QueryResult got = f.ask(stored, text, old);
        CHECK_FALSE(got.series.empty());
        REQUIRE_FALSE(got.infos.empty());
        CHECK(std::any_of(got.infos.begin(), got.infos.end(), [](const std::string& info) {
            return info.find("a resolution of 5m") != std::string::npos;
        }));
    }
    // sums over windows that are a little off are a little off
    const promql::QueryResult got =
        f.ask(stored, "sum(count_over_time(c_total[61m]))", {START + DAY, START + 2 * DAY, 61 * MINUTE});
    const promql::QueryResult wanted =
        f.ask(f.all, "sum(count_over_time(c_total[61m]))", {START + DAY, START + 2 * DAY, 61 * MINUTE});
    double a = 0;
    double b = 0;
    for (const double v : got.series.at(0).samples.values)
        a += v;
    for (const double v : wanted.series.at(0).samples.values)
        b += v;
    CHECK(a == doctest::Approx(b).epsilon(0.05));
}

TEST_CASE("while what was received is kept beside records it answers what they cannot, and late samples are in both") {
    Fixture f({{{}, 2 * DAY, 5 * MINUTE, 30 * DAY}});
    fill(f, 5, 6);
    f.compact();
    CHECK(files_of(*f.store, 5 * MINUTE) > 0);
    const auto check = [&] {
        for (const char* text : EXACT)
            f.compare(text, {START + DAY, START + 6 * DAY, HOUR});
        f.compare("quantile_over_time(0.9, g[7m])", {START + DAY, START + 2 * DAY, 7 * MINUTE});
    };
    check();
    f.write(COUNTER, {{START + DAY + 3 * HOUR + 7, 5}, {START + 2 * DAY + HOUR, 9}});
    check();
    REQUIRE(f.store->seal().ok());
    check();
    f.clock.advance_ms(13 * HOUR);
    REQUIRE(f.store->maintain().ok());  // folds into late files, then rewrites what they lie beside
    check();
    f.compact();
    check();
    f.open();
    check();
}

TEST_CASE("samples that come for replaced days are counted in") {
    Fixture f({{{}, 2 * DAY, 5 * MINUTE, 0}});
    fill(f, 6, 5);
    f.compact();
    const auto check = [&] {
        for (const char* text : {"sum_over_time(g[1h])", "count_over_time(g[1h])",
                                 "max_over_time(g[1h])"})
            f.compare(text, {START + DAY, START + 4 * DAY, HOUR});
    };
    std::vector<model::Sample> late;
    for (int i = 0; i < 50; i++)
        late.push_back({START + DAY + i * 17 * MINUTE + 3, 1000.0 + i});
    f.write(GAUGE, late);
    check();
    REQUIRE(f.store->seal().ok());
    check();
    f.compact();
    check();
    f.open();
    check();
}

TEST_CASE("rules speak of the series they match, and of the tenant they name") {
    Fixture f({{match("job", "a"), 2 * DAY, 5 * MINUTE, 0}});
    f.config.retention_rules = {{match("job", "b"), 3 * DAY}};
    f.open();
    fill(f, 7, 6);
    const auto count = [&](const char* text, int64_t at_ms) {
        const query::MetricStoreSource stored(*f.store);
        const promql::QueryResult got = f.ask(stored, text, {at_ms, at_ms, HOUR});
        return got.series.empty() ? 0.0 : got.series[0].samples.values.at(0);
    };
    // at once
    CHECK(count("count_over_time(g{job=\"b\"}[1d])", START + 2 * DAY) == 0);
    const double left = count("count_over_time(g{job=\"b\"}[1d])", START + 4 * DAY);
    CHECK(left > 100);
    f.compact();
    CHECK(count("count_over_time(g{job=\"b\"}[1d])", START + 2 * DAY) == 0);
    CHECK(count("count_over_time(g{job=\"b\"}[1d])", START + 4 * DAY) == left);
    f.compare("count_over_time(g{job=\"a\"}[1h])", {START + DAY, START + 5 * DAY, HOUR});
    // the whole series is gone from the days that are past its rule
    store::MetricScope scope;
    scope.range = {START, START + 2 * DAY};
    CHECK(f.store->label_values(scope, "job").value() == std::vector<std::string>{"a"});
    bool found_series_of_two = false;
    for (const auto& file : f.store->status().files)
        if (file.resolution_ms == 0 && file.max_time_ms < START + 2 * DAY && file.samples > 0)
            found_series_of_two = true;
    CHECK_FALSE(found_series_of_two);
    // another tenant's rule
    f.config.retention_rules = {{match("job", "a"), DAY}};
    f.config.retention_rules[0].series.tenant = "else";
    f.open();
    f.compare("count_over_time(g{job=\"a\"}[1h])", {START + DAY, START + 5 * DAY, HOUR});
}

TEST_CASE("the oldest days go when the files are too large, never the newest") {
    Fixture f({});
    fill(f, 8, 6);
    f.compact();
    const uint64_t bytes = f.store->status().disk_bytes;
    f.config.retention_bytes = bytes / 2;
    f.open();
    REQUIRE(f.store->maintain().ok());
    const auto status = f.store->status();
    CHECK(status.disk_bytes <= bytes / 2);
    CHECK(status.disk_bytes > 0);
    CHECK(status.bytes_past_size == bytes - status.disk_bytes);
    CHECK(status.oldest_ms > START + DAY);
    f.config.retention_bytes = 1;
    f.open();
    REQUIRE(f.store->maintain().ok());
    CHECK(f.store->status().stored_samples > 0);
}

TEST_CASE("erased ranges give their space back on demand, records that lie in them whole go, too") {
    Fixture f({{{}, 2 * DAY, 5 * MINUTE, 0}});
    fill(f, 9, 5);
    f.compact();
    model::MetricBatch batch;
    const model::TimeRange range{START + DAY + 1, START + 4 * DAY + HOUR + 1};
    batch.deletions.push_back({"default", match("job", "a").matchers, range});
    f.log.push_back(std::move(batch));
    f.replay();
    const auto count = [&](const char* text, int64_t at_ms) {
        const query::MetricStoreSource stored(*f.store);
        const promql::QueryResult got = f.ask(stored, text, {at_ms, at_ms, HOUR});
        return got.series.empty() ? 0.0 : got.series[0].samples.values.at(0);
    };
    const double before = count("count_over_time(g{job=\"a\"}[1d])", START + DAY);
    const uint64_t samples = f.store->status().stored_samples;
    for (int cleaned = 0; cleaned < 2; cleaned++) {
        CHECK(before > 100);
        CHECK(count("count_over_time(g{job=\"a\"}[1d])", START + DAY) == before);
        CHECK(count("count_over_time(g{job=\"a\"}[3d])", START + 4 * DAY) == 0);
        f.compare("count_over_time(g{job=\"b\"}[1h])", {START + DAY, START + 5 * DAY, HOUR});
        CHECK((f.store->status().tombstones == 0) == (cleaned == 1));
        f.store->clean_tombstones();
        for (int turn = 0; turn < 20; turn++)
            REQUIRE(f.store->maintain().ok());
    }
    CHECK(f.store->status().stored_samples < samples);
}

TEST_CASE("a process that ends at any step of the rewriting loses nothing and doubles nothing") {
    Fixture f({{{}, 2 * DAY, 5 * MINUTE, 0}});
    f.config.downsample_rules.clear();
    f.open();
    fill(f, 10, 5);
    f.compact();
    f.config.downsample_rules = {{{}, 2 * DAY, 5 * MINUTE, 0}};
    f.store.reset();
    for (int countdown = 1; countdown <= 9; countdown++) {
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            auto opened =
                store::MetricStore::open(real_file_system(), f.clock, {f.dir.path(), f.config, [&](std::string_view) {
                                                                           if (--countdown == 0) ::_exit(7);
                                                                       }});
            ::_exit(opened.ok() && (*opened)->compact().ok() ? 0 : 1);
        }
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        REQUIRE(WIFEXITED(status));
        REQUIRE(WEXITSTATUS(status) != 1);
        f.open();
        for (const char* text : {"sum_over_time(g[1h])", "rate(c_total[1h])"})
            f.compare(text, {START + DAY, START + 5 * DAY, HOUR});
        f.store.reset();
    }
}
