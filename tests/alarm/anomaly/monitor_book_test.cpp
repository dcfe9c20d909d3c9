#include "alarm/anomaly/monitor_book.h"

#include "query/workers.h"
#include "support/memory_source.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

namespace belfry::alarm {
namespace {

constexpr int64_t MINUTE = 60'000;
constexpr int64_t START_MS = 1'700'000'000'000 / MINUTE * MINUTE;

Monitor monitor(std::string_view json) {
    auto out = read_monitor(*JsonView::parse(json));
    REQUIRE_MESSAGE(out.ok(), out.error().message);
    out->id = "m1";
    out->name = "load";
    return *out;
}

struct World {
    World() { fill(START_MS - 600 * MINUTE, START_MS); }
    void fill(int64_t from_ms, int64_t to_ms) {
        for (int64_t t = from_ms; t < to_ms; t += MINUTE)
            for (const char* host : {"a", "b"})
                source.add(model::Labels{{"__name__", "x"}, {"host", host}}, t, wave(t));
    }
    static double wave(int64_t t) {
        return 50 + 20 * std::sin(static_cast<double>(t / MINUTE % 60) * 2 * std::numbers::pi / 60) +
               static_cast<double>(t / MINUTE * 7'919 % 11) / 10;
    }
    void open() {
        book.reset();
        schedule = std::make_unique<Schedule>(clock, 1);
        book = std::make_unique<MonitorBook>(
            MonitorParts{.engine = engine,
                         .clock = clock,
                         .config = config,
                         .limits = {},
                         .write = [this](std::string_view, std::span<const RuleSample> samples) -> Result<SinkOutcome> {
                             for (const RuleSample& s : samples)
                                 written[s.labels.to_string()] = s.value;
                             return SinkOutcome{};
                         }},
            *schedule, [this] { return documents; });
        book->sync();
    }
    void define(const Monitor& m) {
        auto next = std::make_shared<catalog::Documents>();
        (*next)[m.id] = std::make_shared<const catalog::Document>(to_document(m));
        documents = next;
        if (book) book->sync();
    }
    void minutes(int count) {
        for (int i = 0; i < count; ++i) {
            fill(clock.now_ms(), clock.now_ms() + MINUTE);
            clock.advance_ms(MINUTE);
            schedule->run_due();
        }
    }
    double value(std::string_view name, std::string_view host) {
        const auto found = written.find(fmt::format("{}{{host=\"{}\",monitor=\"load\"}}", name, host));
        return found == written.end() ? NAN : found->second;
    }

    ManualClock clock{START_MS};
    test::MemorySource source;
    query::Workers workers{0};
    promql::Engine engine{source, workers};
    AnomalyConfig config;
    std::map<std::string, double> written;
    std::shared_ptr<const catalog::Documents> documents = std::make_shared<const catalog::Documents>();
    std::unique_ptr<Schedule> schedule;
    std::unique_ptr<MonitorBook> book;
};

}  // namespace

TEST_CASE("a monitor learns from what is stored, writes bands, and finds what is odd") {
    World w;
    w.define(monitor(R"({"query":"x","step_ms":60000,"training_ms":36000000})"));
    w.open();
    w.minutes(3);
    const auto view = w.book->views().at("m1");
    CHECK(view->health == Health::good);
    REQUIRE(view->series.size() == 2);
    CHECK(view->series[0].cycle == 60);
    CHECK(view->series[0].verdict.level == Level::normal);
    CHECK(w.value("belfry_anomaly_level", "a") == 0);
    CHECK(w.value("belfry_anomaly_lower", "a") < view->series[0].value);
    CHECK(w.value("belfry_anomaly_upper", "a") > view->series[0].value);
    w.source.add(model::Labels{{"__name__", "x"}, {"host", "a"}}, w.clock.now_ms() + MINUTE, 500);
    w.fill(w.clock.now_ms(), w.clock.now_ms() + MINUTE);
    w.clock.advance_ms(2 * MINUTE - 1);
    w.schedule->run_due();
    w.schedule->run_due();
    CHECK(w.value("belfry_anomaly_level", "a") == 2);
    CHECK(w.value("belfry_anomaly_score", "a") > 1);
    CHECK(w.value("belfry_anomaly_level", "b") == 0);
}

TEST_CASE("a restart and a gap lose nothing, for history is learned again") {
    World w;
    w.define(monitor(R"({"query":"x","step_ms":60000,"training_ms":36000000})"));
    w.open();
    w.minutes(2);
    w.open();
    w.fill(w.clock.now_ms(), w.clock.now_ms() + 20 * MINUTE);
    w.clock.advance_ms(20 * MINUTE);
    w.minutes(1);
    CHECK(w.value("belfry_anomaly_level", "a") == 0);
    CHECK(w.book->views().at("m1")->series.at(0).cycle == 60);
}

TEST_CASE("a monitor tells when a limit will be reached") {
    World w;
    for (int64_t t = START_MS - 600 * MINUTE; t < START_MS + 10 * MINUTE; t += MINUTE)
        w.source.add(model::Labels{{"__name__", "disk"}, {"host", "a"}}, t,
                     static_cast<double>(t - START_MS) / 1'000.0);
    w.define(monitor(R"({"query":"disk","detector":"naive","forecast":{"limit":3600,"window_ms":3600000}})"));
    w.open();
    w.minutes(1);
    CHECK(w.value("belfry_forecast_seconds_until", "a") == doctest::Approx(3'600).epsilon(0.05));
}

TEST_CASE("what a monitor wrote ends with it, and with its series") {
    World w;
    w.define(monitor(R"({"query":"x","detector":"naive","training_ms":3600000})"));
    w.open();
    w.minutes(2);
    CHECK(std::isfinite(w.value("belfry_anomaly_level", "a")));
    w.documents = std::make_shared<const catalog::Documents>();
    w.book->sync();
    CHECK(model::is_stale(w.value("belfry_anomaly_level", "a")));
    CHECK(w.book->views().empty());
}

TEST_CASE("more series than allowed are an error that names the key") {
    World w;
    w.config.series_max = 1;
    w.define(monitor(R"({"query":"x"})"));
    w.open();
    w.minutes(1);
    CHECK(w.book->views().at("m1")->last_error == "2 series, more than the limit of 1 (anomaly.series_max)");
}

TEST_CASE("a preview gives bands over what is stored") {
    World w;
    w.source.add(model::Labels{{"__name__", "x"}, {"host", "a"}}, START_MS - 30 * MINUTE, 500);
    query::Budget budget({}, w.clock);
    auto preview = preview_monitor(w.engine, monitor(R"({"query":"x","step_ms":60000,"training_ms":30000000})"),
                                   {.from_ms = START_MS - 60 * MINUTE, .to_ms = START_MS}, 1, budget);
    REQUIRE(preview.ok());
    CHECK(preview->series_count == 2);
    REQUIRE(preview->series.size() == 1);
    const auto& s = preview->series[0];
    CHECK(s.times_ms.size() == 61);
    int strong = 0;
    for (size_t i = 0; i < s.verdicts.size(); ++i)
        if (s.verdicts[i].level == Level::strong && s.values[i] == 500) ++strong;
    CHECK(strong == 1);
}

TEST_CASE("monitors are read back as written, and what is wrong is named") {
    const Monitor m = monitor(
        R"({"query":"x * 2","detector":"ewma","parameters":{"alpha":0.3},"tail":"right","hours":[8,18],"m":2,"n":3,"forecast":{"limit":1,"rising":false,"method":"holt"},"labels":{"team":"x"}})");
    const auto back = read_monitor(to_document(m));
    REQUIRE(back.ok());
    CHECK(to_document(*back).json == to_document(m).json);
    CHECK(back->name == "load");
    const auto error = [](std::string_view json) { return read_monitor(*JsonView::parse(json)).error().message; };
    CHECK(error(R"({"query":"x","colour":1})") == "a monitor has no member \"colour\"");
    CHECK(error(R"({"query":"x +"})").find("query: ") == 0);
    CHECK(error(R"({"query":"x","step_ms":10})") == "step_ms is a number from 1000 to 86400000");
    CHECK(error(R"({"query":"x","detector":"ewma","parameters":{"alpha":"x"}})") == "parameters.alpha is a number");
    CHECK(error(R"({"query":"x","m":3,"n":2})") == "m is a number from 1 to 2");
    CHECK(error(R"({"query":"x","hours":[8]})") == "hours is [from, to], hours of the day in UTC");
}

}  // namespace belfry::alarm
