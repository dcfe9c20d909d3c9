#include "ingest/host/listener.h"

#include "support/recording_sink.h"

#include <doctest/doctest.h>

#include <unistd.h>
#include <filesystem>
#include <fstream>

#include "support/temp_dir.h"

using namespace belfry;
using namespace belfry::ingest::host;

namespace {

constexpr int64_t NOW_MS = 1'795'348'800'000;

struct Fixture {
    tests::TempDir directory;
    ManualClock clock{NOW_MS};
    ingest::ReceiverStats stats{clock, "host_test", "Host", ""};
    tests::RecordingSink recorder;
    uint64_t received = 0;
    std::unique_ptr<HostCollector> collector;

    Fixture() {
        std::filesystem::copy("tests/golden/host", directory.path(), std::filesystem::copy_options::recursive);
        collector = std::make_unique<HostCollector>(clock, HostConfig{.root = directory.path(), .processes_top = 2},
                                                    recorder.sink(), stats, [this] { return received; });
    }
    // In place, as the kernel's files are: the reader keeps them open.
    void write(const std::string& path, const std::string& text) const {
        std::ofstream(directory.path() + path) << text;
    }

    [[nodiscard]] std::optional<double> value(std::string_view series) const {
        for (const auto& row : recorder.rows) {
            if (row.series == series) return row.value;
        }
        return std::nullopt;
    }
    static double live(const LiveView& view, std::string_view id, size_t row) {
        for (const LiveSeries& s : view.series) {
            if (s.id == id) return s.values.at(row);
        }
        return -1;
    }
};

}  // namespace

TEST_CASE("the host is stored under node_exporter's names and labels") {
    Fixture f;
    f.collector->tick();
    CHECK(f.value(R"(node_cpu_seconds_total{cpu="0",instance="tower-1",job="host",mode="user"})") == 6);
    CHECK(f.value(R"(node_cpu_guest_seconds_total{cpu="0",instance="tower-1",job="host",mode="nice"})") == 0.03);
    CHECK(f.value(R"(node_memory_MemAvailable_bytes{instance="tower-1",job="host"})") == 1024000.0 * 1024);
    CHECK(f.value(R"(node_memory_Active_anon_bytes{instance="tower-1",job="host"})") == 100000.0 * 1024);
    CHECK(f.value(R"(node_memory_HugePages_Total{instance="tower-1",job="host"})") == 3);
    CHECK(f.value(R"(node_load5{instance="tower-1",job="host"})") == 1.25);
    CHECK(f.value(R"(node_disk_written_bytes_total{device="sda",instance="tower-1",job="host"})") == 4000 * 512);
    CHECK(f.value(R"(node_disk_io_time_seconds_total{device="sda",instance="tower-1",job="host"})") == 0.12);
    CHECK(f.value(R"(node_disk_flush_requests_time_seconds_total{device="sda",instance="tower-1",job="host"})") ==
          0.011);
    CHECK_FALSE(f.value(R"(node_disk_reads_completed_total{device="sda1",instance="tower-1",job="host"})"));
    CHECK(f.value(R"(node_network_transmit_carrier_total{device="eth0",instance="tower-1",job="host"})") == 11);
    CHECK(f.value(R"(node_network_up{device="eth0",instance="tower-1",job="host"})") == 1);
    CHECK(f.value(R"(node_network_speed_bytes{device="eth0",instance="tower-1",job="host"})") == 125e6);
    CHECK(f.value(R"(node_pressure_io_stalled_seconds_total{instance="tower-1",job="host"})") == 0.5);
    CHECK_FALSE(f.value(R"(node_pressure_memory_waiting_seconds_total{instance="tower-1",job="host"})"));
    CHECK(
        f.value(
            R"(node_filesystem_readonly{device="/dev/sdb1",fstype="ext4",instance="tower-1",job="host",mountpoint="/mnt/with blank"})") ==
        1);
    CHECK(
        f.value(
            R"(node_filesystem_size_bytes{device="/dev/sda1",fstype="ext4",instance="tower-1",job="host",mountpoint="/"})") >
        0);
    CHECK(f.value(R"(node_netstat_Tcp_CurrEstab{instance="tower-1",job="host"})") == 7);
    CHECK(f.value(R"(node_netstat_TcpExt_ListenOverflows{instance="tower-1",job="host"})") == 2);
    CHECK(f.value(R"(node_netstat_Ip6_InOctets{instance="tower-1",job="host"})") == 77);
    CHECK_FALSE(f.value(R"(node_netstat_TcpExt_Unselected{instance="tower-1",job="host"})"));
    CHECK(f.value(R"(node_sockstat_TCP_mem_bytes{instance="tower-1",job="host"})") == 4 * ::sysconf(_SC_PAGESIZE));
    CHECK(f.value(R"(node_sockstat_sockets_used{instance="tower-1",job="host"})") == 130);
    CHECK(f.value(R"(node_vmstat_oom_kill{instance="tower-1",job="host"})") == 1);
    CHECK(f.value(R"(node_filefd_allocated{instance="tower-1",job="host"})") == 1632);
    CHECK(f.value(R"(node_filefd_maximum{instance="tower-1",job="host"})") == 9223372);
    CHECK(f.value(R"(node_boot_time_seconds{instance="tower-1",job="host"})") == 1795300000);
    CHECK(f.value(R"(node_time_seconds{instance="tower-1",job="host"})") == NOW_MS / 1000);
    CHECK(f.value(R"(node_procs_blocked{instance="tower-1",job="host"})") == 1);
    CHECK(f.value(R"(up{instance="tower-1",job="host"})") == 1);
    CHECK(f.value(R"(node_processes_state{instance="tower-1",job="host",state="S"})") == 2);
    CHECK(f.value(R"(belfry_process_count{instance="tower-1",job="host",name="postgres"})") == 2);
    CHECK(f.value(R"(belfry_process_memory_bytes{instance="tower-1",job="host",name="postgres"})") ==
          4000 * ::sysconf(_SC_PAGESIZE));
    for (const auto& row : f.recorder.rows)
        CHECK(row.time_ms == NOW_MS);
    CHECK(f.stats.snapshot().records_total == f.recorder.rows.size());
    CHECK(f.collector->identity().os() == "Debian GNU/Linux 12 (bookworm)");
}

TEST_CASE("metadata of each name is sent once at the start and then by the hour") {
    Fixture f;
    f.collector->tick();
    const size_t names = f.recorder.metadata.size();
    CHECK(names > 50);
    std::set<std::string> distinct;
    for (const auto& m : f.recorder.metadata)
        CHECK(distinct.insert(m.name).second);
    f.clock.advance_ms(10'000);
    f.collector->tick();
    CHECK(f.recorder.metadata.size() == names);
    f.clock.advance_ms(3'600'000);
    f.collector->tick();
    CHECK(f.recorder.metadata.size() == 2 * names);
}

TEST_CASE("each second goes to the live page, every tenth into the log") {
    Fixture f;
    for (int i = 0; i < 25; i++) {
        f.collector->tick();
        f.clock.advance_ms(1000);
    }
    CHECK(f.recorder.writes == 3);
    CHECK(f.collector->live().view(0).times_ms.size() == 25);
    CHECK(f.collector->live().view(NOW_MS + 22'000).times_ms == std::vector<int64_t>{NOW_MS + 23'000, NOW_MS + 24'000});
    for (int i = 0; i < 600; i++) {
        f.collector->tick();
        f.clock.advance_ms(1000);
    }
    CHECK(f.collector->live().view(0).times_ms.size() == 600);
}

TEST_CASE("the live page shows rates, shares and gaps") {
    Fixture f;
    f.collector->tick();
    f.clock.advance_ms(1000);
    // 100 ticks passed on each of two CPUs: 50 of 200 busy.
    f.write("/proc/stat",
            "cpu  1050 100 500 8140 310 10 20 5 7 3\ncpu0 1 1 1 1\ncpu1 1 1 1 1\nctxt 68890\nbtime 1795300000\n");
    f.write("/proc/diskstats", "8 0 sda 100 10 4000 50 200 20 6000 80 1 370 130 5 0 640 7 9 11\n");
    f.write("/proc/net/dev", "eth0: 3000 10 1 2 3 4 5 6 2500 20 7 8 9 10 11 12\n");
    f.write("/proc/pressure/cpu", "some avg10=0.00 avg60=0.00 avg300=0.00 total=1750000\n");
    f.received = 4000;
    f.collector->tick();
    LiveView view = f.collector->live().view(0);
    REQUIRE(view.times_ms.size() == 2);
    CHECK(view.host == "tower-1");
    CHECK(view.cores == 2);
    CHECK(view.boot_ms == 1795300000000);
    CHECK(view.memory_bytes == 2048000ULL * 1024);
    CHECK(std::isnan(f.live(view, "cpu", 0)));
    CHECK(f.live(view, "cpu", 1) == doctest::Approx(0.25));
    CHECK(f.live(view, "load", 0) == 0.5);
    CHECK(f.live(view, "memory", 1) == 1024000.0 * 1024);
    CHECK(f.live(view, "swap", 1) == 10000.0 * 1024);
    CHECK(f.live(view, "disk_busy", 1) == 0.25);
    CHECK(f.live(view, "disk_read", 1) == 2000 * 512 - 3 * 512);  // the second disk is gone, the first read more
    CHECK(f.live(view, "network_in", 1) == 2000);
    CHECK(f.live(view, "network_out", 1) == 500);
    CHECK(f.live(view, "connections", 1) == 7);
    CHECK(f.live(view, "switches", 1) == 1000);
    CHECK(f.live(view, "cpu_pressure", 1) == 0.25);
    CHECK(f.live(view, "processes", 1) == 3);
    CHECK(f.live(view, "belfry_cpu", 1) == 0);
    CHECK(f.live(view, "received", 1) == 4000);
    // No memory pressure in this tree: no curve.
    CHECK(f.live(view, "memory_pressure", 0) == -1);
    CHECK(view.series.front().id == "cpu");
    // A counter that goes back is a gap.
    f.clock.advance_ms(1000);
    f.write("/proc/net/dev", "eth0: 5 10 1 2 3 4 5 6 5 20 7 8 9 10 11 12\n");
    f.collector->tick();
    CHECK(std::isnan(f.live(f.collector->live().view(0), "network_in", 2)));
}

TEST_CASE("processes are ranked by what they used since the scan before") {
    Fixture f;
    f.collector->tick();
    f.clock.advance_ms(5000);
    f.write("/proc/11/stat", "11 (postgres) S 1 10 10 0 -1 0 0 0 0 0 200 65 0 0 20 0 1 0 120 0 1000 0\n");
    f.collector->tick();
    const LiveView view = f.collector->live().view(0);
    REQUIRE(view.by_cpu.size() == 2);
    CHECK(view.by_cpu[0].pid == 11);
    CHECK(view.by_cpu[0].cpu_ratio == doctest::Approx(0.5));
    CHECK(view.by_memory[0].pid == 10);
}

TEST_CASE("a host without any of the files is stored as far as it goes") {
    tests::TempDir empty;
    ManualClock clock{NOW_MS};
    ingest::ReceiverStats stats{clock, "host_empty_test", "Host", ""};
    tests::RecordingSink recorder;
    HostCollector collector(clock, {.root = empty.path()}, recorder.sink(), stats, [] { return uint64_t{0}; });
    collector.tick();
    clock.advance_ms(1000);
    collector.tick();
    CHECK(!recorder.rows.empty());
    CHECK(collector.identity().node_name == "localhost");
    CHECK(collector.live().view(0).times_ms.size() == 2);
}

TEST_CASE("a full queue is counted and the next reading is tried") {
    Fixture f;
    f.recorder.error = make_error(Code::exhausted, "the queue is full");
    f.collector->tick();
    CHECK(f.stats.snapshot().refused_total > 100);
    f.recorder.error.reset();
    f.clock.advance_ms(10'000);
    f.collector->tick();
    CHECK(f.recorder.rows.size() > 100);
    CHECK(f.recorder.metadata.size() > 50);  // not lost with the first
}

TEST_CASE("the collector's thread starts and stops at once") {
    Fixture f;
    f.collector->start();
    f.collector->stop();
    f.collector->stop();
}
