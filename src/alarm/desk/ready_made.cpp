#include "alarm/desk/ready_made.h"

#include "base/json.h"
#include "base/log.h"
#include "catalog/document_json.h"

#include <set>

namespace belfry::alarm {
namespace {

constexpr const char* SETTING = "alarms.ready_made";
constexpr std::string_view BY = "belfry";
constexpr int64_t MINUTE = 60'000;
constexpr int64_t HOUR = 60 * MINUTE;

using catalog::NoData;
using model::Severity;

// File systems that live in memory, are full by nature or are never written.
#define ON_DISK "fstype!~\"tmpfs|ramfs|squashfs|iso9660|erofs|overlay|fuse.*|nsfs|autofs\""

constexpr ReadyMade TABLE[] = {
    {.key = "host_cpu",
     .name = "CPU busy",
     .expression = "1 - avg by (instance) (rate(node_cpu_seconds_total{mode=\"idle\"}[5m])) > 0.95",
     .for_ms = 15 * MINUTE,
     .summary = "{{ $labels.instance }} uses {{ $value | humanizePercentage }} of its CPU time",
     .what_to_do = "Look at the processes by CPU on the page of this host. Move or limit the one that runs away."},
    {.key = "host_memory",
     .name = "Memory low",
     .expression = "node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes < 0.05",
     .severity = Severity::high,
     .for_ms = 5 * MINUTE,
     .summary = "{{ $labels.instance }} has {{ $value | humanizePercentage }} of its memory left",
     .what_to_do = "Look at the processes by memory. Below some point the kernel kills one of them by itself."},
    {.key = "host_memory_pressure",
     .name = "Memory pressure",
     .expression = "rate(node_pressure_memory_stalled_seconds_total[5m]) > 0.1",
     .for_ms = 5 * MINUTE,
     .summary = "All programs of {{ $labels.instance }} wait {{ $value | humanizePercentage }} of the time for memory",
     .what_to_do = "Memory is reclaimed as fast as it is asked for: stop something, or add memory."},
    {.key = "host_swapping",
     .name = "Swapping",
     .expression = "rate(node_vmstat_pswpin[5m]) + rate(node_vmstat_pswpout[5m]) > 1000",
     .severity = Severity::low,
     .for_ms = 10 * MINUTE,
     .summary = "{{ $labels.instance }} swaps {{ $value | humanize }} pages a second",
     .what_to_do = "More memory is in use than there is. Find the process that grows."},
    {.key = "host_oom",
     .name = "Out of memory: a process was killed",
     .expression = "increase(node_vmstat_oom_kill[10m]) > 0",
     .severity = Severity::high,
     .summary = "The kernel of {{ $labels.instance }} has killed a process for want of memory",
     .what_to_do = "`journalctl -k` names the process. Restart it, and limit or add memory."},
    {.key = "host_io_pressure",
     .name = "Disks too slow",
     .expression = "rate(node_pressure_io_stalled_seconds_total[5m]) > 0.5",
     .severity = Severity::low,
     .for_ms = 15 * MINUTE,
     .summary = "All programs of {{ $labels.instance }} wait {{ $value | humanizePercentage }} of the time for disks",
     .what_to_do = "Look at the disk charts for who reads or writes so much."},
    {.key = "host_disk_space",
     .name = "Disk nearly full",
     .expression = "node_filesystem_avail_bytes{" ON_DISK "} / node_filesystem_size_bytes < 0.05",
     .severity = Severity::high,
     .for_ms = 10 * MINUTE,
     .summary = "{{ $labels.mountpoint }} of {{ $labels.instance }} has {{ $value | humanizePercentage }} left",
     .what_to_do = "Remove what is not needed (`du -xh / | sort -h | tail`), or make the file system larger."},
    {.key = "host_disk_inodes",
     .name = "Disk has nearly no inodes left",
     .expression = "node_filesystem_files_free{" ON_DISK "} / node_filesystem_files < 0.05",
     .severity = Severity::high,
     .for_ms = 10 * MINUTE,
     .summary =
         "{{ $labels.mountpoint }} of {{ $labels.instance }} has {{ $value | humanizePercentage }} of its inodes left",
     .what_to_do = "Many small files: find their directory (`du --inodes -x / | sort -n | tail`) and remove them."},
    {.key = "host_disk_forecast",
     .name = "Disk will be full within 3 days",
     // a trend needs hours behind it, and a fresh file system that is being filled is no news: only where samples reach
     // back over the window, and less than 40 % is left
     .expression = "(predict_linear(node_filesystem_avail_bytes{" ON_DISK "}[6h], 3 * 86400)"
                   " and last_over_time(node_filesystem_avail_bytes[1h] offset 5h)"
                   " and node_filesystem_avail_bytes / node_filesystem_size_bytes < 0.4) < 0",
     .for_ms = HOUR,
     .summary = "{{ $labels.mountpoint }} of {{ $labels.instance }} fills so fast that it is full within 3 days",
     .what_to_do = "See what has grown in the last hours, before it is urgent."},
    {.key = "host_read_only",
     .name = "File system became read-only",
     .expression = "node_filesystem_readonly - min_over_time(node_filesystem_readonly[1d]) > 0",
     .severity = Severity::critical,
     .for_ms = MINUTE,
     .summary = "{{ $labels.mountpoint }} of {{ $labels.instance }} can no longer be written",
     .what_to_do = "The kernel does this after errors of the disk: see `dmesg`, save what is there, check the disk."},
    {.key = "host_clock",
     .name = "Clock is off",
     .expression = "abs(node_timex_offset_seconds) > 0.5",
     .for_ms = 10 * MINUTE,
     .summary = "The clock of {{ $labels.instance }} is off by {{ $value | humanizeDuration }}",
     .what_to_do = "Check that chrony, ntpd or systemd-timesyncd runs and reaches its servers."},
    {.key = "host_network_errors",
     .name = "Network errors",
     .expression = "rate(node_network_receive_errs_total[5m]) + rate(node_network_transmit_errs_total[5m]) > 1",
     .severity = Severity::low,
     .for_ms = 10 * MINUTE,
     .summary = "{{ $labels.device }} of {{ $labels.instance }} has {{ $value | humanize }} errors a second",
     .what_to_do = "Check cable, switch port and driver (`ethtool -S`)."},
    {.key = "host_reboot",
     .name = "Host was started",
     .expression = "node_time_seconds - node_boot_time_seconds < 600",
     .severity = Severity::low,
     .summary = "{{ $labels.instance }} was started {{ $value | humanizeDuration }} ago",
     .what_to_do = "If nobody did it: `journalctl -b -1 -e` shows the last words before."},
    {.key = "scrape_target_down",
     .watches = Watches::anything,
     .name = "Scrape target does not answer",
     .expression = "up == 0",
     .severity = Severity::high,
     .for_ms = 3 * MINUTE,
     .summary = "{{ $labels.job }} at {{ $labels.instance }} cannot be scraped",
     .what_to_do = "The page of the targets says why."},
    {.key = "belfry_behind",
     .watches = Watches::belfry,
     .name = "Belfry: a consumer is behind",
     .expression = "belfry_consumer_lag_seconds > 60",
     .severity = Severity::high,
     .for_ms = MINUTE,
     .summary = "{{ $labels.consumer }} is {{ $value | humanizeDuration }} behind what was accepted",
     .what_to_do =
         "The status page shows whether the disk is slow or the load too high; senders are slowed by and by."},
    {.key = "belfry_stopped",
     .watches = Watches::belfry,
     .name = "Belfry: a consumer has stopped",
     .expression = "belfry_consumer_stopped > 0",
     .severity = Severity::critical,
     .summary = "{{ $labels.consumer }} has stopped; the log keeps what it has not stored",
     .what_to_do = "The status page says why. When the cause is gone, restart Belfry."},
    {.key = "belfry_disk",
     .watches = Watches::belfry,
     .name = "Belfry: its disk is nearly full",
     .expression = "belfry_disk_guard >= 1",
     .severity = Severity::high,
     .for_ms = MINUTE,
     .summary =
         "{{ if ge $value 2.0 }}Belfry refuses what is sent, for its disk is full{{ else }}Belfry keeps only what it "
         "must, for its disk is nearly full{{ end }}",
     .what_to_do = "Make room on the file system of the data directory, or keep less (server.retention)."},
    {.key = "belfry_refused",
     .watches = Watches::belfry,
     .name = "Belfry: samples are refused",
     .expression = "sum by (receiver, reason) (rate(belfry_ingest_refused_total[5m])) > 0.1",
     .for_ms = 10 * MINUTE,
     .summary = "{{ $labels.receiver }} refuses {{ $value | humanize }} records a second: {{ $labels.reason }}",
     .what_to_do = "The status page shows one of them and the sentence that its sender got."},
    {.key = "belfry_rules",
     .watches = Watches::belfry,
     .name = "Belfry: rules or alarms fail to evaluate",
     .expression =
         "increase(belfry_rule_evaluation_failures_total[10m]) + increase(belfry_alarm_query_failures_total[10m]) > 0",
     .for_ms = 5 * MINUTE,
     .summary = "{{ $value | humanize }} evaluations failed within 10 minutes",
     .what_to_do = "The page of the rules shows the errors."},
    {.key = "belfry_notify",
     .watches = Watches::belfry,
     .name = "Belfry: notifications fail",
     .expression = "sum by (type) (increase(belfry_notify_attempts_failed_total[10m])) > 0",
     .severity = Severity::high,
     .for_ms = 5 * MINUTE,
     .summary = "Notifications by {{ $labels.type }} fail",
     .what_to_do = "Test the method on its page; the delivery log shows what the receiver said."},
    {.key = "belfry_silent_sender",
     .watches = Watches::belfry,
     .name = "Belfry: samples stopped coming",
     // of what came for two of the last six hours: an import that is done has not stopped
     .expression = "(sum by (receiver) (rate(belfry_ingest_records_total[10m]))"
                   " and count_over_time((sum by (receiver) (rate(belfry_ingest_records_total[10m])) > 0)[6h:10m])"
                   " >= 12) <= 0",
     .summary = "Nothing came in by {{ $labels.receiver }} for 10 minutes",
     .what_to_do = "The status page shows when and from where the last samples came."},
};
#undef ON_DISK

std::set<std::string> made_before(const catalog::Catalog& catalog) {
    const auto snapshot = catalog.snapshot();
    const auto setting = snapshot->settings.find(std::string_view(SETTING));
    if (setting == snapshot->settings.end()) return {};
    const auto json = JsonView::parse(setting->second);
    if (!json.ok()) return {};
    const auto keys = catalog::read_texts(json->get("made"));
    return {keys.begin(), keys.end()};
}

}  // namespace

std::span<const ReadyMade> ready_made() {
    return TABLE;
}

catalog::AlarmDefinition to_definition(const ReadyMade& entry) {
    catalog::AlarmDefinition out{.name = std::string(entry.name),
                                 .language = catalog::AlarmLanguage::promql,
                                 .expression = std::string(entry.expression),
                                 .severity = entry.severity};
    out.for_ms = entry.for_ms;
    out.no_data = entry.no_data;
    out.annotations = {{"summary", std::string(entry.summary)}, {"what_to_do", std::string(entry.what_to_do)}};
    out.ready_made = true;
    return out;
}

Result<size_t> make_ready_made(Definitions& definitions,
                               const catalog::Catalog& catalog,
                               catalog::Changes& changes,
                               const std::function<bool(Watches)>& wanted) {
    std::set<std::string> made = made_before(catalog);
    size_t count = 0;
    bool learnt = false;
    for (const ReadyMade& entry : ready_made()) {
        if (!wanted(entry.watches) || made.contains(std::string(entry.key))) continue;
        const auto done = definitions.create(to_definition(entry), BY);
        // a user's own of that name stands in its place
        if (!done.ok() && done.error().code != Code::conflict) return done.error();
        count += done.ok() ? 1 : 0;
        made.insert(std::string(entry.key));
        learnt = true;
    }
    if (!learnt) return count;
    JsonWriter json;
    json.begin_object();
    catalog::write_texts(json, "made", {made.begin(), made.end()});
    json.end_object();
    TRY(changes.make(catalog::Setting{.name = SETTING, .json = json.take()}, BY));
    return count;
}

}  // namespace belfry::alarm
