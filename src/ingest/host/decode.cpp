#include "ingest/host/decode.h"

#include "base/number.h"

namespace belfry::ingest::host {
namespace {

// Splits at blanks.
class Words {
  public:
    explicit Words(std::string_view line) : rest_(line) {}
    std::string_view next() {
        size_t begin = 0;
        while (begin < rest_.size() && (rest_[begin] == ' ' || rest_[begin] == '\t'))
            begin++;
        size_t end = begin;
        while (end < rest_.size() && rest_[end] != ' ' && rest_[end] != '\t')
            end++;
        const std::string_view word = rest_.substr(begin, end - begin);
        rest_.remove_prefix(end);
        return word;
    }
    bool next_number(uint64_t* out) {
        const std::optional<uint64_t> n = parse_uint(next());
        if (n) *out = *n;
        return n.has_value();
    }
    uint64_t number_or_zero() {
        uint64_t out = 0;
        (void)next_number(&out);
        return out;
    }

  private:
    std::string_view rest_;
};

class Lines {
  public:
    explicit Lines(std::string_view text) : rest_(text) {}
    bool next(std::string_view* line) {
        if (rest_.empty()) return false;
        const size_t end = std::min(rest_.find('\n'), rest_.size());
        *line = rest_.substr(0, end);
        rest_.remove_prefix(std::min(end + 1, rest_.size()));
        return true;
    }

  private:
    std::string_view rest_;
};

std::string_view without_colon(std::string_view word) {
    if (!word.empty() && word.back() == ':') word.remove_suffix(1);
    return word;
}

bool all_digits(std::string_view s) {
    return !s.empty() && std::all_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; });
}

CpuTicks read_ticks(Words& words) {
    CpuTicks out{};
    for (uint64_t& t : out)
        t = words.number_or_zero();
    return out;
}

}  // namespace

void parse_stat(std::string_view text, KernelStat& out) {
    out.cpus.clear();
    Lines lines(text);
    std::string_view line;
    while (lines.next(&line)) {
        Words words(line);
        const std::string_view key = words.next();
        if (key == "cpu") {
            out.total = read_ticks(words);
        } else if (key.starts_with("cpu")) {
            const std::optional<uint64_t> number = parse_uint(key.substr(3));
            if (number) out.cpus.push_back({static_cast<uint32_t>(*number), read_ticks(words)});
        } else if (key == "intr") {
            out.interrupts = words.number_or_zero();
        } else if (key == "ctxt") {
            out.context_switches = words.number_or_zero();
        } else if (key == "btime") {
            out.boot_s = words.number_or_zero();
        } else if (key == "processes") {
            out.forks = words.number_or_zero();
        } else if (key == "procs_running") {
            out.running = words.number_or_zero();
        } else if (key == "procs_blocked") {
            out.blocked = words.number_or_zero();
        }
    }
}

void parse_meminfo(std::string_view text, std::vector<MemoryField>& out) {
    out.clear();
    Lines lines(text);
    std::string_view line;
    while (lines.next(&line)) {
        Words words(line);
        MemoryField field;
        field.name = without_colon(words.next());
        if (field.name.empty() || !words.next_number(&field.value)) continue;
        field.is_bytes = words.next() == "kB";
        if (field.is_bytes) field.value *= 1024;
        out.push_back(field);
    }
}

std::optional<LoadAverage> parse_loadavg(std::string_view text) {
    Words words(text);
    const std::optional<double> one = parse_double(words.next());
    const std::optional<double> five = parse_double(words.next());
    const std::optional<double> fifteen = parse_double(words.next());
    if (!one || !five || !fifteen) return std::nullopt;
    return LoadAverage{*one, *five, *fifteen};
}

void parse_diskstats(std::string_view text, std::vector<DiskStat>& out) {
    out.clear();
    Lines lines(text);
    std::string_view line;
    while (lines.next(&line)) {
        Words words(line);
        DiskStat disk;
        (void)words.next();  // major
        (void)words.next();  // minor
        disk.device = words.next();
        while (disk.field_count < DiskStat::FIELDS_MAX && words.next_number(&disk.fields[disk.field_count]))
            disk.field_count++;
        if (!disk.device.empty() && disk.field_count > IO_WEIGHTED_MS) out.push_back(disk);
    }
}

bool is_whole_disk(std::string_view device) {
    for (const std::string_view prefix : {"ram", "loop", "fd"}) {
        if (device.starts_with(prefix) && all_digits(device.substr(prefix.size()))) return false;
    }
    // sda1, hdb2, vda1, xvda1
    for (const std::string_view prefix : {"hd", "sd", "vd", "xvd"}) {
        if (!device.starts_with(prefix) || device.size() < prefix.size() + 2) continue;
        const char letter = device[prefix.size()];
        if (letter >= 'a' && letter <= 'z' && all_digits(device.substr(prefix.size() + 1))) return false;
    }
    // nvme0n1p2, mmcblk0p1
    const size_t p = device.rfind('p');
    if ((device.starts_with("nvme") || device.starts_with("mmcblk")) && p != std::string_view::npos && p > 4 &&
        all_digits(device.substr(p + 1)))
        return false;
    return true;
}

void parse_net_dev(std::string_view text, std::vector<NetworkDevice>& out) {
    out.clear();
    Lines lines(text);
    std::string_view line;
    while (lines.next(&line)) {
        const size_t colon = line.find(':');
        if (colon == std::string_view::npos) continue;  // the two header lines
        NetworkDevice device;
        device.device = Words(line.substr(0, colon)).next();
        Words words(line.substr(colon + 1));
        bool whole = !device.device.empty();
        for (uint64_t& c : device.counters)
            whole &= words.next_number(&c);
        if (whole) out.push_back(device);
    }
}

std::optional<Pressure> parse_pressure(std::string_view text) {
    Pressure out;
    bool found = false;
    Lines lines(text);
    std::string_view line;
    while (lines.next(&line)) {
        const size_t total = line.find("total=");
        if (total == std::string_view::npos) continue;
        const uint64_t us = parse_uint(line.substr(total + 6)).value_or(0);
        if (line.starts_with("some")) {
            out.some_us = us;
            found = true;
        } else if (line.starts_with("full")) {
            out.full_us = us;
            out.has_full = true;
        }
    }
    return found ? std::optional(out) : std::nullopt;
}

void parse_net_snmp(std::string_view text, std::vector<ProtocolCounter>& out) {
    Lines lines(text);
    std::string_view names;
    std::string_view values;
    while (lines.next(&names) && lines.next(&values)) {
        Words name_words(names);
        Words value_words(values);
        const std::string_view protocol = without_colon(name_words.next());
        if (protocol != without_colon(value_words.next())) return;
        while (true) {
            const std::string_view name = name_words.next();
            const std::optional<int64_t> value = parse_int(value_words.next());
            if (name.empty() || !value) break;
            out.push_back({protocol, name, *value});
        }
    }
}

void parse_net_snmp6(std::string_view text, std::vector<ProtocolCounter>& out) {
    Lines lines(text);
    std::string_view line;
    while (lines.next(&line)) {
        Words words(line);
        const std::string_view key = words.next();
        const std::optional<int64_t> value = parse_int(words.next());
        const size_t six = key.find('6');
        if (!value || six == std::string_view::npos) continue;
        out.push_back({key.substr(0, six + 1), key.substr(six + 1), *value});
    }
}

void parse_sockstat(std::string_view text, std::vector<ProtocolCounter>& out) {
    Lines lines(text);
    std::string_view line;
    while (lines.next(&line)) {
        Words words(line);
        const std::string_view protocol = without_colon(words.next());
        while (true) {
            const std::string_view name = words.next();
            const std::optional<int64_t> value = parse_int(words.next());
            if (name.empty() || !value) break;
            out.push_back({protocol, name, *value});
        }
    }
}

void parse_vmstat(std::string_view text, std::vector<NamedValue>& out) {
    out.clear();
    Lines lines(text);
    std::string_view line;
    while (lines.next(&line)) {
        Words words(line);
        const std::string_view name = words.next();
        uint64_t value = 0;
        if (words.next_number(&value)) out.push_back({name, static_cast<double>(value)});
    }
}

std::vector<Mount> parse_mounts(std::string_view text) {
    const auto unescape = [](std::string_view word) {
        std::string out;
        for (size_t i = 0; i < word.size(); i++) {
            const bool octal = word[i] == '\\' && i + 3 < word.size() && word[i + 1] >= '0' && word[i + 1] <= '3';
            if (octal && word[i + 2] >= '0' && word[i + 2] <= '7' && word[i + 3] >= '0' && word[i + 3] <= '7') {
                out += static_cast<char>((word[i + 1] - '0') * 64 + (word[i + 2] - '0') * 8 + (word[i + 3] - '0'));
                i += 3;
            } else {
                out += word[i];
            }
        }
        return out;
    };
    std::vector<Mount> out;
    Lines lines(text);
    std::string_view line;
    while (lines.next(&line)) {
        Words words(line);
        Mount mount;
        mount.device = unescape(words.next());
        mount.mount_point = unescape(words.next());
        mount.type = words.next();
        const std::string_view options = words.next();
        mount.read_only = options == "ro" || options.starts_with("ro,");
        if (!mount.type.empty()) out.push_back(std::move(mount));
    }
    return out;
}

std::optional<ProcessStat> parse_process_stat(std::string_view text) {
    // The name stands in parentheses and may hold any byte, parentheses and blanks included: it ends at the last one.
    const size_t open = text.find('(');
    const size_t close = text.rfind(')');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open) return std::nullopt;
    ProcessStat out;
    out.name = text.substr(open + 1, close - open - 1);
    Words words(text.substr(close + 1));
    const std::string_view state = words.next();  // field 3
    if (state.empty()) return std::nullopt;
    out.state = state[0];
    for (int field = 4; field <= 13; field++)
        (void)words.next();
    out.cpu_ticks = words.number_or_zero();   // 14 utime
    out.cpu_ticks += words.number_or_zero();  // 15 stime
    for (int field = 16; field <= 19; field++)
        (void)words.next();
    out.threads = words.number_or_zero();  // 20
    (void)words.next();
    out.start_ticks = words.number_or_zero();  // 22
    (void)words.next();
    if (!words.next_number(&out.rss_pages)) return std::nullopt;  // 24
    return out;
}

std::string os_release_value(std::string_view text, std::string_view key) {
    Lines lines(text);
    std::string_view line;
    while (lines.next(&line)) {
        if (!line.starts_with(key) || line.size() <= key.size() || line[key.size()] != '=') continue;
        std::string_view value = line.substr(key.size() + 1);
        if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front())
            value = value.substr(1, value.size() - 2);
        return std::string(value);
    }
    return "";
}

}  // namespace belfry::ingest::host
