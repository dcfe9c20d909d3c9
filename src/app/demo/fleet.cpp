#include "app/demo/fleet.h"

#include "app/demo/curve.h"

namespace belfry::app {
namespace {

using model::Label;
using model::MetricType;

constexpr double GIB = 1024.0 * 1024 * 1024;
constexpr double DAY_S = 86'400;
constexpr int64_t BEFORE_MS = 9 * 86'400'000LL;  // the fleet was up for nine days

struct HostPlan {
    const char* name;
    double busy;  // share of a core
    double memory_gib;
    bool silent;
};
constexpr HostPlan HOSTS[] = {{"shop-1", 0.42, 16, false}, {"shop-2", 0.38, 16, false}, {"shop-3", 0.35, 16, false},
                              {"shop-4", 0.22, 16, false}, {"db-1", 0.55, 64, false},   {"backup-1", 0.08, 8, true}};
constexpr int CORES = 4;
constexpr const char* MODES[] = {"idle", "user", "system", "iowait", "irq", "softirq", "nice", "steal"};
constexpr double MODE_SHARES[] = {0, 0.66, 0.2, 0.08, 0.01, 0.04, 0.005, 0.005};  // of what is not idle

struct ServicePlan {
    const char* name;
    int port;
    double per_s;     // requests of one instance
    double median_s;  // of their durations
    const char* routes[3];
    bool database;
};
constexpr ServicePlan SERVICES[] = {
    {"frontend", 8080, 60, 0.045, {"/", "/product/{id}", "/cart"}, false},
    {"catalog", 8081, 85, 0.012, {"/products", "/products/{id}", "/search"}, true},
    {"cart", 8082, 30, 0.008, {"/cart/{user}", "/cart/{user}/items", "/cart/{user}/merge"}, true},
    {"checkout", 8083, 6, 0.16, {"/checkout", "/quote", "/orders/{id}"}, true},
    {"payment", 8084, 5, 0.21, {"/charge", "/refund", "/methods"}, false},
    {"shipping", 8085, 8, 0.03, {"/quote", "/ship", "/track/{id}"}, false},
    {"recommendation", 8086, 40, 0.07, {"/related/{id}", "/trending", "/for-you"}, false},
    {"inventory", 8087, 22, 0.015, {"/stock/{id}", "/reserve", "/release"}, true},
};
constexpr size_t CHECKOUT = 3;
constexpr size_t PAYMENT = 4;
constexpr double ROUTE_SHARES[] = {0.55, 0.3, 0.15};
constexpr double SIGMA = 0.55;
constexpr double BOUNDS_S[] = {0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10};

// In seconds since the origin modulo the period; the origin is a whole number of periods before the start, so they also
// fall into the back-filled hour: the deploy from 40 to 30 minutes before the start, the errors from 14 to 10.
constexpr double PERIOD_S = 90 * 60;
constexpr Incident SLOW_DEPLOY{.period_s = PERIOD_S, .offset_s = PERIOD_S - 40 * 60, .width_s = 10 * 60};
constexpr Incident ERROR_BURST{.period_s = PERIOD_S, .offset_s = PERIOD_S - 14 * 60, .width_s = 4 * 60};
static_assert(BEFORE_MS % (static_cast<int64_t>(PERIOD_S) * 1000) == 0,
              "incidents are placed from the start backwards");

std::string text(double bound) {
    return fmt::format("{}", bound);
}

Fleet::Series make(model::Labels labels, std::function<double(double)> value, bool until_silence) {
    return {.labels = std::move(labels), .value = std::move(value), .until_silence = until_silence};
}

/// A counter whose rate is a wave.
std::function<double(double)> counter(double per_s, uint64_t seed, double swing = 0.4) {
    return [wave = Wave(per_s, swing, seed)](double t) { return std::floor(wave.integral(t)); };
}

std::function<double(double)> gauge(double level, double swing, uint64_t seed) {
    return [wave = Wave(level, swing, seed)](double t) { return wave.at(t); };
}

std::function<double(double)> constant(double value) {
    return [value](double) { return value; };
}

std::vector<Label> with(std::vector<Label> labels, std::initializer_list<Label> more) {
    labels.insert(labels.end(), more);
    return labels;
}

}  // namespace

Fleet::Fleet(int64_t since_ms) : since_ms_(since_ms), origin_ms_(since_ms - BEFORE_MS) {
    for (size_t i = 0; i < std::size(HOSTS); ++i)
        add_host(i);
    silent_host_ = false;
    describe("http_server_request_duration_seconds", MetricType::histogram, "seconds",
             "Duration of HTTP server requests.");
    for (size_t i = 0; i < std::size(SERVICES); ++i)
        add_service(i);
    add_business();
    std::sort(metadata_.begin(), metadata_.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    metadata_.erase(
        std::unique(metadata_.begin(), metadata_.end(), [](const auto& a, const auto& b) { return a.name == b.name; }),
        metadata_.end());
}

std::optional<double> Fleet::value(const Series& series, int64_t time_ms) const {
    if (series.until_silence && time_ms >= since_ms_ - SILENT_MS) return std::nullopt;
    return series.value(static_cast<double>(time_ms - origin_ms_) / 1000);
}

void Fleet::describe(std::string name, MetricType type, std::string unit, std::string help) {
    metadata_.push_back(
        {.tenant = {}, .name = std::move(name), .type = type, .unit = std::move(unit), .help = std::move(help)});
}

void Fleet::add(std::string_view name, std::vector<Label> labels, Value value) {
    labels.push_back({model::METRIC_NAME, name});
    labels.push_back({"demo", "true"});
    series_.push_back(make(model::Labels::from(std::move(labels)), std::move(value), silent_host_));
}

void Fleet::add_host(size_t index) {
    const HostPlan& plan = HOSTS[index];
    const uint64_t seed = 1000 * (index + 1);
    const std::string instance = fmt::format("{}:9100", plan.name);
    const std::vector<Label> host = {{"instance", instance}, {"job", "node"}};
    // who scrapes the silent host still knows that it is down
    silent_host_ = false;
    describe("up", MetricType::gauge, "", "1 when the last scrape of this target succeeded.");
    const double silent_from_s = static_cast<double>(BEFORE_MS - SILENT_MS) / 1000;
    add("up", host,
        [silent = plan.silent, silent_from_s](double t) { return silent && t >= silent_from_s ? 0.0 : 1.0; });
    silent_host_ = plan.silent;
    add_cpu(host, seed, plan.busy);
    add_memory(host, seed + 100, plan.memory_gib * GIB);
    add_disks(host, seed + 200, index == 4);
    add_network(host, seed + 300);
    add_kernel(host, seed + 400, plan.busy);
    describe("node_uname_info", MetricType::gauge, "", "Name and release of the host's kernel; the value is 1.");
    add("node_uname_info",
        with(host,
             {{"nodename", plan.name}, {"sysname", "Linux"}, {"release", "6.1.0-26-amd64"}, {"machine", "x86_64"}}),
        constant(1));
}

void Fleet::add_cpu(const std::vector<Label>& host, uint64_t seed, double busy) {
    describe("node_cpu_seconds_total", MetricType::counter, "seconds", "Seconds each CPU spent in each mode.");
    for (int cpu = 0; cpu < CORES; ++cpu) {
        const Wave wave(busy, 0.6, seed + static_cast<uint64_t>(cpu));
        const std::string name = std::to_string(cpu);
        for (size_t mode = 0; mode < std::size(MODES); ++mode) {
            const double share = MODE_SHARES[mode];
            const bool idle = mode == 0;
            add("node_cpu_seconds_total", with(host, {{"cpu", name}, {"mode", MODES[mode]}}),
                [wave, share, idle](double t) {
                    const double used = wave.integral(t);
                    return std::round((idle ? t - used : used * share) * 100) / 100;  // the kernel counts in hundredths
                });
        }
    }
}

void Fleet::add_memory(const std::vector<Label>& host, uint64_t seed, double total) {
    const Wave used(0.45 * total, 0.15, seed);
    const double cached = 0.3 * total;
    const auto pages = [](double bytes) { return std::floor(bytes / 4096) * 4096; };
    const std::pair<const char*, Value> rows[] = {
        {"node_memory_MemTotal_bytes", constant(total)},
        {"node_memory_MemFree_bytes", [=](double t) { return pages(total - cached - used.at(t)); }},
        {"node_memory_MemAvailable_bytes", [=](double t) { return pages(total - used.at(t)); }},
        {"node_memory_Cached_bytes", constant(pages(cached * 0.9))},
        {"node_memory_Buffers_bytes", constant(pages(cached * 0.1))},
        {"node_memory_SwapTotal_bytes", constant(2 * GIB)},
        {"node_memory_SwapFree_bytes", constant(1.9 * GIB)},
    };
    for (const auto& [name, value] : rows) {
        describe(name, MetricType::gauge, "bytes",
                 fmt::format("Memory information field {}.", std::string_view(name).substr(12)));
        add(name, host, value);
    }
}

void Fleet::add_disks(const std::vector<Label>& host, uint64_t seed, bool filling) {
    const std::pair<const char*, double> counters[] = {{"node_disk_read_bytes_total", 400e3},
                                                       {"node_disk_written_bytes_total", 2.5e6},
                                                       {"node_disk_reads_completed_total", 14},
                                                       {"node_disk_writes_completed_total", 90},
                                                       {"node_disk_io_time_seconds_total", 0.07}};
    for (const auto& [name, per_s] : counters) {
        describe(name, MetricType::counter, "", fmt::format("Disk counter {}.", std::string_view(name).substr(10)));
        for (const char* device : {"sda", "sdb"}) {
            const Wave wave(per_s * (device[2] == 'a' ? 1 : 0.3), 0.7, seed++);
            add(name, with(host, {{"device", device}}),
                [wave](double t) { return std::round(wave.integral(t) * 1000) / 1000; });
        }
    }
    for (const auto& [mount, device, size_gib] :
         {std::tuple("/", "/dev/sda1", 80.0), std::tuple("/srv", "/dev/sdb1", 400.0)}) {
        const double size = size_gib * GIB;
        // the database's disk fills by a percent a day
        const double growth = filling && size_gib > 100 ? size * 0.01 / DAY_S : size * 0.0002 / DAY_S;
        const Value free = [=](double t) {
            return std::floor(std::max(0.02 * size, size * (filling ? 0.2 : 0.55) - growth * t) / 4096) * 4096;
        };
        const std::vector<Label> labels = with(host, {{"device", device}, {"fstype", "ext4"}, {"mountpoint", mount}});
        describe("node_filesystem_size_bytes", MetricType::gauge, "bytes", "Size of the file system.");
        describe("node_filesystem_free_bytes", MetricType::gauge, "bytes", "Free space of the file system.");
        describe("node_filesystem_avail_bytes", MetricType::gauge, "bytes", "Space that users may still take.");
        add("node_filesystem_size_bytes", labels, constant(size));
        add("node_filesystem_free_bytes", labels, free);
        add("node_filesystem_avail_bytes", labels,
            [free, size](double t) { return std::max(0.0, free(t) - 0.01 * size); });
    }
}

void Fleet::add_network(const std::vector<Label>& host, uint64_t seed) {
    const std::pair<const char*, double> counters[] = {
        {"node_network_receive_bytes_total", 1.8e6},  {"node_network_transmit_bytes_total", 2.4e6},
        {"node_network_receive_packets_total", 2100}, {"node_network_transmit_packets_total", 2400},
        {"node_network_receive_errs_total", 0.0004},  {"node_network_transmit_errs_total", 0.0001}};
    for (const auto& [name, per_s] : counters) {
        describe(name, MetricType::counter, "", fmt::format("Network counter {}.", std::string_view(name).substr(13)));
        for (const char* device : {"eth0", "lo"})
            add(name, with(host, {{"device", device}}), counter(per_s * (device[0] == 'e' ? 1 : 0.1), seed++));
    }
}

void Fleet::add_kernel(const std::vector<Label>& host, uint64_t seed, double busy) {
    const auto hundredths = [](Value value) -> Value {
        return [value = std::move(value)](double t) { return std::round(value(t) * 100) / 100; };
    };
    const std::tuple<const char*, const char*, Value> gauges[] = {
        {"node_load1", "Load over one minute.", hundredths(gauge(busy * CORES, 0.8, seed))},
        {"node_load5", "Load over five minutes.", hundredths(gauge(busy * CORES, 0.5, seed))},
        {"node_load15", "Load over fifteen minutes.", hundredths(gauge(busy * CORES, 0.3, seed))},
        {"node_procs_running", "Processes that run.",
         [w = Wave(2, 0.9, seed + 1)](double t) { return std::floor(w.at(t)) + 1; }},
        {"node_procs_blocked", "Processes that wait for a disk.",
         [w = Wave(0.8, 0.9, seed + 2)](double t) { return std::floor(w.at(t)); }},
        {"node_filefd_allocated", "Open file descriptors.",
         [w = Wave(2400, 0.1, seed + 3)](double t) { return std::floor(w.at(t)); }},
        {"node_netstat_Tcp_CurrEstab", "TCP connections that are established.",
         [w = Wave(180, 0.4, seed + 4)](double t) { return std::floor(w.at(t)); }},
        {"node_boot_time_seconds", "When the host started, in Unix time.",
         constant(static_cast<double>(origin_ms_ / 1000))},
    };
    for (const auto& [name, help, value] : gauges) {
        describe(name, MetricType::gauge, "", help);
        add(name, host, value);
    }
    const std::tuple<const char*, const char*, double> counters[] = {
        {"node_context_switches_total", "Context switches.", 4200},
        {"node_intr_total", "Interrupts.", 2600},
        {"node_forks_total", "Processes started.", 3.2}};
    for (const auto& [name, help, per_s] : counters) {
        describe(name, MetricType::counter, "", help);
        add(name, host, counter(per_s, seed++));
    }
    for (const char* kind : {"cpu", "io", "memory"}) {
        const std::string name = fmt::format("node_pressure_{}_waiting_seconds_total", kind);
        describe(name, MetricType::counter, "seconds", fmt::format("Seconds in which tasks waited for {}.", kind));
        const Wave wave(kind[0] == 'm' ? 0.0005 : 0.02, 0.8, seed++);
        add(name, host, [wave](double t) { return std::round(wave.integral(t) * 1e6) / 1e6; });
    }
}

void Fleet::add_service(size_t index) {
    const ServicePlan& plan = SERVICES[index];
    for (size_t copy = 0; copy < 2; ++copy) {
        const std::string instance = fmt::format("{}:{}", HOSTS[(index + copy) % 4].name, plan.port);
        const std::string job = fmt::format("shop/{}", plan.name);
        const std::vector<Label> labels = {{"instance", instance}, {"job", job}, {"service", plan.name}};
        const uint64_t seed = 100'000 * (index + 1) + 1000 * copy;
        add("up", labels, constant(1));
        for (size_t route = 0; route < std::size(plan.routes); ++route)
            add_requests(labels, index, route, seed + 100 * route);
        add_process(labels, seed + 500);
        if (!plan.database) continue;
        describe("db_client_connection_count", MetricType::gauge, "", "Connections of the database pool by state.");
        const Wave used(6, 0.6, seed + 600);
        add("db_client_connection_count", with(labels, {{"state", "used"}}),
            [used](double t) { return std::floor(used.at(t)); });
        add("db_client_connection_count", with(labels, {{"state", "idle"}}),
            [used](double t) { return 16 - std::floor(used.at(t)); });
    }
}

void Fleet::add_requests(const std::vector<Label>& instance, size_t service, size_t route, uint64_t seed) {
    const ServicePlan& plan = SERVICES[service];
    const double per_s = plan.per_s * ROUTE_SHARES[route];
    const Wave wave(per_s, 0.45, seed);
    const bool deploys = service == CHECKOUT && route == 0;
    const bool breaks = service == PAYMENT && route == 0;
    // requests of [0, t] in three kinds; the wave never goes below 0.55 of its level, so what is taken off it keeps
    // growing
    const auto failed = [=](double t) {
        return 0.002 * wave.integral(t) + (breaks ? 0.3 * per_s * ERROR_BURST.active_s(t) : 0);
    };
    const auto slow = [=](double t) { return deploys ? 0.5 * per_s * SLOW_DEPLOY.active_s(t) : 0; };
    const auto normal = [=](double t) { return wave.integral(t) - failed(t) - slow(t); };
    const char* method = service == CHECKOUT || service == PAYMENT ? "POST" : "GET";

    for (const bool ok : {true, false}) {
        const std::vector<Label> labels = with(instance, {{"http_request_method", method},
                                                          {"http_route", plan.routes[route]},
                                                          {"http_response_status_code", ok ? "200" : "500"}});
        const double median_s = ok ? plan.median_s : plan.median_s * 0.4;
        const double slow_median_s = plan.median_s * 6;
        // requests between two bounds, each a counter of its own: so buckets are cumulative in every span of time, too
        std::vector<std::pair<double, double>> shares;  // of the normal (or failed) and of the slow ones
        double below = 0;
        double slow_below = 0;
        const auto up_to = [=, &shares, &below, &slow_below](double bound_s) -> Value {
            const double share = log_normal_share(bound_s, median_s, SIGMA);
            const double slow_share = log_normal_share(bound_s, slow_median_s, SIGMA);
            shares.emplace_back(share - below, slow_share - slow_below);
            below = share;
            slow_below = slow_share;
            return [=, bins = shares](double t) {
                const double many = ok ? normal(t) : failed(t);
                const double few = ok ? slow(t) : 0;
                double count = 0;
                for (const auto& [of_many, of_few] : bins)
                    count += std::floor(of_many * many + of_few * few);
                return count;
            };
        };
        for (const double bound_s : BOUNDS_S)
            add("http_server_request_duration_seconds_bucket", with(labels, {{"le", text(bound_s)}}), up_to(bound_s));
        const Value count = up_to(std::numeric_limits<double>::infinity());
        add("http_server_request_duration_seconds_bucket", with(labels, {{"le", "+Inf"}}), count);
        add("http_server_request_duration_seconds_count", labels, count);
        const double mean = log_normal_mean(median_s, SIGMA);
        const double slow_mean = log_normal_mean(slow_median_s, SIGMA);
        add("http_server_request_duration_seconds_sum", labels, [=](double t) {
            return std::round((ok ? mean * normal(t) + slow_mean * slow(t) : mean * failed(t)) * 1e6) / 1e6;
        });
    }
}

void Fleet::add_process(const std::vector<Label>& instance, uint64_t seed) {
    describe("process_cpu_seconds_total", MetricType::counter, "seconds", "CPU time of the process.");
    describe("process_resident_memory_bytes", MetricType::gauge, "bytes", "Resident memory of the process.");
    describe("process_open_fds", MetricType::gauge, "", "Open file descriptors of the process.");
    describe("process_start_time_seconds", MetricType::gauge, "seconds", "When the process started, in Unix time.");
    const Wave cpu(0.12, 0.6, seed);
    add("process_cpu_seconds_total", instance, [cpu](double t) { return std::round(cpu.integral(t) * 100) / 100; });
    const Wave memory(180e6, 0.2, seed + 1);
    add("process_resident_memory_bytes", instance,
        [memory](double t) { return std::floor(memory.at(t) / 4096) * 4096; });
    const Wave files(70, 0.3, seed + 2);
    add("process_open_fds", instance, [files](double t) { return std::floor(files.at(t)); });
    add("process_start_time_seconds", instance, constant(static_cast<double>(origin_ms_ / 1000)));
}

void Fleet::add_business() {
    describe("shop_orders_total", MetricType::counter, "", "Orders by outcome.");
    describe("shop_revenue_cents_total", MetricType::counter, "", "Revenue in euro cents.");
    describe("shop_carts_open", MetricType::gauge, "", "Carts that hold something.");
    describe("shop_order_queue_depth", MetricType::gauge, "", "Orders that wait for shipping.");
    const std::vector<Label> job = {{"job", "shop/checkout"}, {"service", "checkout"}};
    add("shop_orders_total", with(job, {{"outcome", "placed"}}), counter(2.4, 9'000'001));
    add("shop_orders_total", with(job, {{"outcome", "abandoned"}}), counter(1.1, 9'000'002));
    add("shop_revenue_cents_total", job, counter(2.4 * 4'350, 9'000'003));
    const Wave carts(220, 0.5, 9'000'004);
    add("shop_carts_open", job, [carts](double t) { return std::floor(carts.at(t)); });
    // orders pile up while payment is broken
    const Wave waiting(9, 0.8, 9'000'005);
    add("shop_order_queue_depth", job,
        [waiting](double t) { return std::floor(waiting.at(t)) + (ERROR_BURST.active(t) ? 40 : 0); });
}

}  // namespace belfry::app
