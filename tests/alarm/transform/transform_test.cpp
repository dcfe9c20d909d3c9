#include "alarm/transform/aggregate.h"
#include "alarm/transform/engine.h"
#include "support/memory_source.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

using namespace belfry;
using namespace belfry::alarm;

namespace {

constexpr int64_t HOUR = TransformEngine::HOUR_MS;
constexpr int64_t NINE = 1'700'000'000'000 / HOUR * HOUR;  // an hour that begins

std::string input(const std::string& event, const std::string& ids, const std::string& required = "") {
    return R"({"event_processing_params":{"set_default_zone_to":"1","set_default_geolocation_to":"1","set_default_region_to":"W"},"event_type":")" +
           event + R"(","metric_id_list":[)" + ids + R"(],"required_raw_fields_list":["creation_time")" + required +
           R"(],"service_id":"host_metrics"})" + "\n";
}

struct Line {
    std::string id = "x";
    std::string usage = "fetch_quantity";
    std::string group = R"("host","metric_id")";
    std::string operation = "avg";
    std::string rollup_by;
    std::string rollup = "sum";
    std::string more;
    std::string setters = R"("rollup_quantity","set_aggregated_metric_name","set_aggregated_period")";
    [[nodiscard]] std::string text() const {
        return R"({"aggregation_params_map":{"aggregation_pipeline":{"source":"streaming","usage":")" + usage +
               R"(","setters":[)" + setters +
               R"(],"insert":["prepare_data","insert_data_pre_hourly"]},"aggregated_metric_name":"x_agg","aggregation_period":"hourly","aggregation_group_by_list":[)" +
               group + R"(],"usage_fetch_operation":")" + operation + R"(","setter_rollup_group_by_list":[)" +
               rollup_by + R"(],"setter_rollup_operation":")" + rollup +
               R"(","dimension_list":["aggregation_period","host","project_id"],"pre_hourly_operation":"avg","pre_hourly_group_by_list":["default"])" +
               more + R"(},"metric_group":")" + id + R"(","metric_id":")" + id + "\"}\n";
    }
};

struct Fixture {
    tests::TempDir dir;
    ManualClock clock{NINE + 10'000};
    test::MemorySource source;
    TransformConfig config;
    std::shared_ptr<const TransformSpecs> specs;
    std::vector<std::string> rows;
    bool works = true;
    std::unique_ptr<TransformEngine> engine;

    void use(const std::string& pre, const std::string& lines) {
        auto parsed = parse_transform_specs(pre, lines);
        REQUIRE_MESSAGE(parsed.ok(), (parsed.ok() ? "" : parsed.error().message));
        specs = std::make_shared<const TransformSpecs>(*parsed);
        start();
    }
    void start() {
        engine = std::make_unique<TransformEngine>(TransformEngine::Parts{
            .config = config,
            .clock = clock,
            .source = source,
            .limits = {},
            .write = [this](std::string_view, std::span<const RuleSample> samples) -> Result<SinkOutcome> {
                if (!works) return make_error(Code::unavailable, "the disk is full");
                for (const RuleSample& s : samples)
                    rows.push_back(fmt::format("{} {} {}", s.labels.to_string(), (s.time_ms - NINE) / 60'000, s.value));
                return SinkOutcome{};
            },
            .tenants = [] { return std::vector<std::string>{"default"}; },
            .specs = [this](const std::string&) { return specs; },
            .position_file = dir.file("position")});
        REQUIRE(engine->run_due().ok());
    }
    void add(const std::string& name,
             std::vector<model::Label> labels,
             std::initializer_list<std::pair<int, double>> values) {
        labels.push_back({model::METRIC_NAME, name});
        const model::Labels all = model::Labels::from(std::move(labels));
        for (const auto& [minute, value] : values)
            source.add(all, NINE + minute * 60'000, value);
    }
    std::vector<std::string> after(int minutes) {
        clock.set_ms(NINE + minutes * 60'000);
        rows.clear();
        const Status done = engine->run_due();
        CHECK(done.ok() == works);
        return rows;
    }
};

using Rows = std::vector<std::string>;

}  // namespace

TEST_CASE("an hour is averaged for each host and summed over all, once it is over and the delay, too") {
    Fixture f;
    f.add("mem.total_mb", {{"hostname", "a"}}, {{0, 10}, {30, 20}, {60, 1000}});
    f.add("mem.total_mb", {{"hostname", "b"}}, {{10, 5}, {59, 7}});
    f.use(input("mem.total_mb", "\"x\""), Line{}.text());
    CHECK(f.after(64).empty());
    CHECK(f.after(65) == Rows{R"(x_agg{aggregation_period="hourly",host="all",project_id="all"} 60 21)"});
    CHECK(f.after(66).empty());
    CHECK(f.after(125) == Rows{R"(x_agg{aggregation_period="hourly",host="all",project_id="all"} 120 1000)"});
}

TEST_CASE("a roll-up keeps the fields it groups by, and a project is a tenant by another name") {
    Fixture f;
    f.add("vcpus", {{"hostname", "a"}, {"tenant_id", "p1"}, {"resource_id", "v1"}}, {{0, 2}, {30, 4}});
    f.add("vcpus", {{"hostname", "a"}, {"tenant_id", "p1"}, {"resource_id", "v2"}}, {{0, 1}});
    f.add("vcpus", {{"hostname", "b"}, {"project_id", "p2"}, {"resource_id", "v3"}}, {{0, 8}});
    f.add("vcpus", {{"hostname", "b"}, {"project_id", "p2"}}, {{0, 100}});  // lacks a required field
    f.use(input("vcpus", "\"x\"", R"(,"project_id","resource_id")"),
          Line{.group = R"("host","metric_id","tenant_id","resource_uuid")", .rollup_by = R"("tenant_id")"}.text());
    CHECK(f.after(65) == Rows{R"(x_agg{aggregation_period="hourly",host="all",project_id="p1"} 60 4)",
                              R"(x_agg{aggregation_period="hourly",host="all",project_id="p2"} 60 8)"});
}

TEST_CASE("each operation") {
    for (const auto& [operation, value] :
         std::map<std::string, double>{{"sum", 12}, {"max", 7}, {"min", 2}, {"avg", 4}, {"latest", 3}, {"oldest", 7}}) {
        Fixture f;
        f.add("m", {{"hostname", "a"}}, {{1, 7}, {2, 2}, {3, 3}});
        Line line;
        line.operation = operation;
        line.setters = R"("set_aggregated_metric_name","set_aggregated_period")";
        f.use(input("m", "\"x\""), line.text());
        // without a roll-up the groups stay
        CHECK(f.after(65) ==
              Rows{fmt::format(R"(x_agg{{aggregation_period="hourly",host="a",project_id="all"}} 60 {})", value)});
    }
}

TEST_CASE("utilised cores are what is not idle of each host's cores") {
    Fixture f;
    f.add("cpu.total_logical_cores", {{"hostname", "a"}}, {{0, 4}, {30, 4}});
    f.add("cpu.idle_perc", {{"hostname", "a"}}, {{0, 80}, {30, 70}});
    f.add("cpu.total_logical_cores", {{"hostname", "b"}}, {{0, 8}});
    f.add("cpu.idle_perc", {{"hostname", "b"}}, {{0, 50}});
    f.add("cpu.idle_perc", {{"hostname", "c"}}, {{0, 50}});  // nobody knows its cores
    const std::string more =
        R"(,"usage_fetch_util_quantity_event_type":"cpu.total_logical_cores","usage_fetch_util_idle_perc_event_type":"cpu.idle_perc")";
    f.use(input("cpu.total_logical_cores", "\"x\",\"y\"") + input("cpu.idle_perc", "\"x\",\"y\""),
          Line{.usage = "fetch_quantity_util", .group = R"("event_type","host")", .more = more}.text() +
              Line{.id = "y",
                   .usage = "fetch_quantity_util",
                   .group = R"("event_type","host")",
                   .rollup_by = "\"host\"",
                   .more = more}
                  .text());
    CHECK(f.after(65) == Rows{R"(x_agg{aggregation_period="hourly",host="all",project_id="all"} 60 5)",
                              R"(x_agg{aggregation_period="hourly",host="a",project_id="all"} 60 1)",
                              R"(x_agg{aggregation_period="hourly",host="b",project_id="all"} 60 4)"});
}

TEST_CASE("a rate is the change from the oldest to the latest in per cent") {
    Fixture f;
    f.add("disk", {{"hostname", "a"}, {"mount", "/x"}}, {{0, 100}, {10, 500}, {50, 150}});
    f.add("disk", {{"hostname", "b"}, {"mount", "/x"}}, {{0, 100}, {50, 100}});
    f.use(input("disk", "\"x\"", R"(,"hostname","dimensions#mount")"),
          Line{.usage = "calculate_rate",
               .group = R"("host","metric_id","mount","device")",
               .setters = R"("set_aggregated_metric_name","set_aggregated_period")"}
              .text());
    CHECK(f.after(65) == Rows{R"(x_agg{aggregation_period="hourly",host="all",project_id="all"} 60 25)"});
}

TEST_CASE("filters include and exclude by the beginning of a field") {
    Fixture f;
    f.add("m", {{"hostname", "web1"}, {"zone", "z"}}, {{0, 1}});
    f.add("m", {{"hostname", "web2"}}, {{0, 10}});
    f.add("m", {{"hostname", "db1"}}, {{0, 100}});
    const std::string more =
        R"(,"filter_by_list":[{"field_to_filter":"host","filter_expression":"web","filter_operation":"include"},{"field_to_filter":"zone","filter_expression":"1$","filter_operation":"include"}])";
    f.use(input("m", "\"x\""), Line{.more = more}.text());
    CHECK(f.after(65) ==
          Rows{R"(x_agg{aggregation_period="hourly",host="all",project_id="all"} 60 10)"});  // zone is 1 by default
}

TEST_CASE("every hour is computed once across restarts, and missed ones afterwards") {
    Fixture f;
    f.add("m", {{"hostname", "a"}}, {{0, 1}, {60, 2}, {120, 3}, {180, 4}});
    f.use(input("m", "\"x\""), Line{}.text());
    CHECK(f.after(65).size() == 1);
    f.rows.clear();
    f.start();
    CHECK(f.rows.empty());
    f.clock.set_ms(NINE + 190 * 60'000);
    f.start();  // as after two hours of standstill
    CHECK(f.rows == Rows{R"(x_agg{aggregation_period="hourly",host="all",project_id="all"} 120 2)",
                         R"(x_agg{aggregation_period="hourly",host="all",project_id="all"} 180 3)"});
    // what cannot be written is tried again
    f.works = false;
    CHECK(f.after(250).empty());
    f.works = true;
    CHECK(f.after(251).size() == 1);
    CHECK(f.after(252).empty());
}

TEST_CASE("a standstill beyond the limit is not made up for") {
    Fixture f;
    f.config.catch_up_ms = 2 * HOUR;
    f.add("m", {{"hostname", "a"}}, {{0, 1}, {60 * 9, 2}});
    f.use(input("m", "\"x\""), Line{}.text());
    CHECK(f.after(60 * 10 + 10).size() == 1);
}

TEST_CASE("an aggregation that is too much is passed over, others are not") {
    Fixture f;
    f.add("m", {{"hostname", "a"}}, {{0, std::nan("")}, {1, 1}});
    f.use(input("m", "\"x\""), Line{}.text() + Line{.id = "unfed"}.text());
    CHECK(f.after(65).size() == 1);
}

TEST_CASE("a line that is not understood is refused with its number") {
    const std::string good = Line{}.text();
    const auto refusal = [](const std::string& pre, const std::string& lines) {
        const auto parsed = parse_transform_specs(pre, lines);
        return parsed.ok() ? std::string() : parsed.error().message;
    };
    CHECK(refusal("", "") == "");
    CHECK(refusal(input("m", "\"x\""), "\n" + good) == "");
    const auto with = [&](const std::string& from, const std::string& to) {
        std::string text = good;
        text.replace(text.find(from), from.size(), to);
        return refusal("", good + text);
    };
    CHECK(with(R"("metric_group")", R"("metric_grp")") ==
          "transform_specs:2: a transform_spec has no member metric_grp");
    CHECK(with(R"("hourly")", R"("daily")") == "transform_specs:2: aggregation_period is hourly");
    CHECK(with(R"("avg")", R"("mean")").find("usage_fetch_operation") != std::string::npos);
    CHECK(with(R"("rollup_quantity")", R"("rollup")").find("setters knows no rollup") != std::string::npos);
    CHECK(with("fetch_quantity", "guess").find("usage is") != std::string::npos);
    CHECK(with("{", "").find("transform_specs:2") == 0);
    CHECK(refusal(R"({"event_type":"m","metric_id_list":["x"],"more":1})", "") ==
          "pre_transform_specs:1: a pre_transform_spec has no member more");
    CHECK(refusal(R"({"event_type":"m","metric_id_list":[]})", "") != "");
    CHECK(refusal("[]", "") != "");
}
