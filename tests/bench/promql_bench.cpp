// PromQL over a source in memory, with the load of the peers' benchmark: 333 hosts with 10 gauges and 2 counters,
// 12 h at 10 s (17.26 M samples). What a query costs beside reading and decoding.
#include "base/clock.h"
#include "query/promql/engine.h"
#include "query/workers.h"
#include "support/memory_source.h"

#include <random>

namespace {

using namespace belfry;

constexpr int HOSTS = 333;
constexpr int64_t SCRAPE_MS = 10'000;
constexpr int64_t HOUR_MS = 3'600'000;
constexpr int64_t LENGTH_MS = 12 * HOUR_MS;
constexpr int ROUNDS = 7;

void fill(test::MemorySource& source) {
    static constexpr std::string_view NAMES[] = {"cpu_usage_user",   "cpu_usage_system", "cpu_usage_idle",    "cpu_usage_nice",
                                                 "cpu_usage_iowait", "cpu_usage_irq",    "cpu_usage_softirq", "cpu_usage_steal",
                                                 "cpu_usage_guest",  "cpu_usage_guest_nice", "cpu_seconds_total", "requests_total"};
    static constexpr std::string_view REGIONS[] = {"us-east-1", "us-west-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-1"};
    std::mt19937_64 rng(1);
    std::normal_distribution<double> normal(0, 1);
    for (int host = 0; host < HOSTS; host++) {
        for (const std::string_view name : NAMES) {
            const model::Labels labels{{"__name__", name}, {"hostname", fmt::format("host_{}", host)},
                                       {"region", REGIONS[host % 6]}, {"datacenter", fmt::format("{}a", REGIONS[host % 6])},
                                       {"mode", name.substr(4)}, {"os", "Ubuntu16.04LTS"}, {"arch", "x64"}, {"rack", fmt::format("{}", host % 97)},
                                       {"team", "CHI"}, {"service", fmt::format("{}", host % 20)}, {"service_version", "0"},
                                       {"service_environment", "production"}};
            model::SampleColumns samples;
            double gauge = 50;
            double counter = 0;
            const bool is_counter = name.ends_with("_total");
            for (int64_t t = 0; t < LENGTH_MS; t += SCRAPE_MS) {
                gauge = std::clamp(gauge + normal(rng), 0.0, 100.0);
                counter += std::floor(gauge);
                samples.times_ms.push_back(t);
                samples.values.push_back(is_counter ? counter : std::floor(gauge));
            }
            source.add(labels, std::move(samples));
        }
    }
}

void measure(const promql::Engine& engine, std::string_view name, std::string_view text, promql::QueryRange range) {
    using Time = std::chrono::steady_clock;
    std::vector<double> ms;
    uint64_t samples = 0;
    size_t series = 0;
    for (int round = 0; round < ROUNDS; round++) {
        query::Budget budget({}, system_clock());
        const auto t0 = Time::now();
        const auto result = range.step_ms == 0 ? engine.run_instant(text, range.end_ms, {}, budget) : engine.run_range(text, range, {}, budget);
        ms.push_back(std::chrono::duration<double, std::milli>(Time::now() - t0).count());
        if (!result.ok()) {
            std::printf("promql %s: %s\n", std::string(name).c_str(), result.error().message.c_str());
            std::exit(1);
        }
        samples = result->stats.samples;
        series = result->series.size();
    }
    std::sort(ms.begin(), ms.end());
    const double median = ms[ROUNDS / 2];
    std::printf("promql %-34s %9.2f ms  %8.2f ns/sample  %8.1f MB/s  %9llu samples  %zu series out\n", std::string(name).c_str(), median,
                median * 1e6 / static_cast<double>(std::max<uint64_t>(samples, 1)), static_cast<double>(samples) * 16 / median / 1000,
                static_cast<unsigned long long>(samples), series);
}

}  // namespace

int main() {
    test::MemorySource source;
    fill(source);
    query::Workers workers(1);
    const promql::Engine engine(source, workers);
    const int64_t end = LENGTH_MS - SCRAPE_MS;
    measure(engine, "single series, 1 h", "cpu_usage_user{hostname=\"host_7\"}", {end - HOUR_MS, end, 15'000});
    measure(engine, "one host, 10 metrics, 1 h", "{__name__=~\"cpu_usage_.+\",hostname=\"host_7\"}", {end - HOUR_MS, end, 15'000});
    measure(engine, "max by host(max_over_time[5m]), 12 h", "max by (hostname) (max_over_time(cpu_usage_user[5m]))", {600'000, end, 300'000});
    measure(engine, "sum by region(rate[5m]), 12 h", "sum by (region) (rate(requests_total[5m]))", {300'000, end, 60'000});
    measure(engine, "avg by (host,mode)(avg[1h]), 12 h", "avg by (hostname, mode) (avg_over_time({__name__=~\"cpu_usage_.+\"}[1h]))",
            {HOUR_MS, end, HOUR_MS});
    measure(engine, "topk(5, avg_over_time(all[1h]))", "topk(5, avg_over_time({service!=\"\"}[1h]))", {end, end, 0});
    measure(engine, "count(all), instant", "count({service!=\"\"})", {end, end, 0});
    measure(engine, "quantile by region, 1 h", "quantile by (region) (0.99, cpu_usage_system)", {end - HOUR_MS, end, 15'000});
    measure(engine, "max_over_time[1h], step 15 s, 1 h", "max_over_time(cpu_usage_user[1h])", {end - HOUR_MS, end, 15'000});
    measure(engine, "avg_over_time[1h], step 15 s, 1 h", "avg_over_time(cpu_usage_user[1h])", {end - HOUR_MS, end, 15'000});
    measure(engine, "ratio of two vectors, 1 h", "sum by (hostname) (cpu_usage_user) / on (hostname) cpu_usage_idle", {end - HOUR_MS, end, 15'000});
    return 0;
}
