// What a query costs before it reads anything.
#include "query/promql/parser.h"
#include "query/promql/print.h"

#include "base/clock.h"

#include <cstdio>

using namespace belfry;

namespace {

template <typename F>
void measure(const char* name, size_t bytes, F&& run) {
    constexpr int ROUNDS = 50'000;
    const int64_t start_ns = system_clock().monotonic_ns();
    for (int i = 0; i < ROUNDS; ++i)
        run();
    const double ns = static_cast<double>(system_clock().monotonic_ns() - start_ns) / ROUNDS;
    std::printf("%-28s %10.0f ns/op %8.1f MB/s\n", name, ns, static_cast<double>(bytes) * 1e3 / ns);
}

}  // namespace

int main() {
    const std::string small = "up";
    const std::string usual =
        "histogram_quantile(0.99, sum by (le, job) "
        "(rate(http_request_duration_seconds_bucket{job=\"api\",code!=\"500\"}[5m])))";
    const std::string large =
        "sum by (instance) (rate(node_cpu_seconds_total{mode!=\"idle\"}[5m])) / on (instance) group_left (zone) "
        "count by (instance) (node_cpu_seconds_total{mode=\"idle\"}) * 100 > bool 80 and on (instance) "
        "(max_over_time(node_load1[1h:5m] offset 1d) > 4 or predict_linear(node_filesystem_avail_bytes[6h], 4 * 3600) "
        "< 0)";
    for (const auto& [name, text] :
         {std::pair("parse name", &small), {"parse quantile", &usual}, {"parse alert", &large}}) {
        measure(name, text->size(), [&] { INVARIANT(promql::parse(*text).ok(), "the query parses"); });
    }
    const auto tree = promql::parse(large).value();
    measure("print alert", large.size(), [&] { INVARIANT(!promql::print(*tree).empty(), "there is text"); });
}
