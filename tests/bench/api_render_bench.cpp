// The text of a large answer: 200 series of 1,000 points.
#include "api/prometheus/render.h"

#include "base/clock.h"

#include <cstdio>

using namespace belfry;

int main() {
    constexpr size_t SERIES = 200;
    constexpr size_t POINTS = 1'000;
    promql::QueryResult result;
    result.kind = promql::QueryResult::Kind::matrix;
    for (size_t s = 0; s < SERIES; ++s) {
        promql::ResultSeries series;
        series.labels = model::Labels(
            {{"__name__", "http_requests_total"}, {"instance", "host-" + std::to_string(s)}, {"job", "api"}});
        for (size_t i = 0; i < POINTS; ++i) {
            series.samples.times_ms.push_back(1'700'000'000'000 + static_cast<int64_t>(i) * 15'000);
            series.samples.values.push_back(static_cast<double>(s * 7 + i) / 3);
        }
        result.series.push_back(std::move(series));
    }
    constexpr int ROUNDS = 20;
    size_t bytes = 0;
    const int64_t start_ns = system_clock().monotonic_ns();
    for (int i = 0; i < ROUNDS; ++i) {
        std::string out;
        api::append_result(out, result, 0);
        bytes += out.size();
    }
    const double ns = static_cast<double>(system_clock().monotonic_ns() - start_ns);
    std::printf("%-28s %10.1f ns/point %8.1f MB/s\n", "render matrix", ns / (ROUNDS * SERIES * POINTS),
                static_cast<double>(bytes) * 1e3 / ns);
}
