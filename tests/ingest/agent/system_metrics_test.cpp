#include "ingest/agent/system_metrics.h"

#include <doctest/doctest.h>

using namespace belfry;
using namespace belfry::ingest;
using namespace belfry::ingest::agent;

namespace {

double value(const Measurements& all, std::string_view name, std::string_view device = "") {
    for (const Measurement& m : all) {
        const auto found = m.dimensions.find("device");
        if (m.name == name && (device.empty() || (found != m.dimensions.end() && found->second == device)))
            return m.value;
    }
    return std::nan("");
}

host::HostSnapshot reading(int64_t time_ms, uint64_t step) {
    host::HostSnapshot s;
    s.time_ms = time_ms;
    s.stat.total[host::USER] = 100 + step * 20;
    s.stat.total[host::SYSTEM] = 50 + step * 10;
    s.stat.total[host::IDLE] = 1000 + step * 60;
    s.stat.total[host::IOWAIT] = 10 + step * 8;
    s.stat.total[host::STEAL] = step * 2;
    s.stat.cpus.resize(2);
    s.load = host::LoadAverage{.one = 0.5, .five = 0.25, .fifteen = 0.125};
    s.memory = {{"MemTotal", 8ULL << 20, true},
                {"MemFree", 1ULL << 20, true},
                {"MemAvailable", 2ULL << 20, true},
                {"SwapTotal", 4ULL << 20, true},
                {"SwapFree", 3ULL << 20, true}};
    host::DiskStat disk{.device = "sda"};
    disk.fields[host::READS] = step * 100;
    disk.fields[host::WRITE_SECTORS] = step * 400;
    disk.fields[host::READ_MS] = step * 5'000;
    s.disks = {disk};
    host::NetworkDevice eth{.device = "eth0"}, lo{.device = "lo"};
    eth.counters[0] = step * 1'000;
    eth.counters[11] = step * 10;
    s.network = {eth, lo};
    return s;
}

}  // namespace

TEST_CASE("readings become Monasca's system metrics, rates from the second on") {
    SystemMetrics metrics("web01");
    host::HostDetails details;
    details.interfaces = {
        {.device = "eth0", .state = "up"}, {.device = "eth1", .state = "down"}, {.device = "lo", .state = "unknown"}};
    host::HostDetails::FileSystem fs;
    fs.mount = {.device = "/dev/sda1", .mount_point = "/", .type = "ext4"};
    fs.size_bytes = 100 << 20, fs.free_bytes = 40 << 20, fs.available_bytes = 20 << 20, fs.files = 200,
    fs.files_free = 150;
    details.file_systems = {fs};
    const auto first = metrics.map(reading(10'000, 0), details);
    CHECK(std::isnan(value(first, "cpu.idle_perc")));
    CHECK(value(first, "cpu.total_logical_cores") == 2);
    CHECK(value(first, "cpu.idle_time") == 10);
    CHECK(value(first, "load.avg_15_min") == 0.125);
    CHECK(value(first, "mem.total_mb") == 8);
    CHECK(value(first, "mem.usable_perc") == 25);
    CHECK(value(first, "mem.used_real_mb") == 6);
    CHECK(value(first, "mem.swap_used_mb") == 1);
    CHECK(value(first, "mem.swap_free_perc") == 75);
    CHECK(value(first, "disk.space_used_perc") == 75);
    CHECK(value(first, "disk.inode_used_perc") == 25);
    CHECK(value(first, "disk.total_space_mb") == 100);
    CHECK(value(first, "disk.total_used_space_mb") == 60);
    CHECK(value(first, "net.int_status", "eth0") == 0);
    CHECK(value(first, "net.int_status", "eth1") == 1);
    const auto second = metrics.map(reading(20'000, 1), details);
    CHECK(value(second, "cpu.idle_perc") == 60);
    CHECK(value(second, "cpu.user_perc") == 20);
    CHECK(value(second, "cpu.system_perc") == 10);
    CHECK(value(second, "cpu.wait_perc") == 8);
    CHECK(value(second, "cpu.stolen_perc") == 2);
    CHECK(value(second, "cpu.percent") == 32);
    CHECK(value(second, "io.read_req_sec", "sda") == 10);
    CHECK(value(second, "io.write_kbytes_sec", "sda") == 20);
    CHECK(value(second, "io.read_time_sec", "sda") == 0.5);
    CHECK(value(second, "net.in_bytes_sec", "eth0") == 100);
    CHECK(value(second, "net.out_packets_dropped_sec", "eth0") == 1);
    CHECK(std::isnan(value(second, "net.in_bytes_sec", "lo")));
    // a counter that fell (a device came anew) gives no rate
    const auto third = metrics.map(reading(30'000, 0), details);
    CHECK(std::isnan(value(third, "io.read_req_sec", "sda")));
    CHECK(std::isnan(value(third, "cpu.idle_perc")));
    for (const Measurement& m : second)
        CHECK(m.dimensions.at("hostname") == "web01");
    CHECK(metrics.own(1, 7, 0.5)[0].dimensions.at("component") == "monasca-agent");
}
