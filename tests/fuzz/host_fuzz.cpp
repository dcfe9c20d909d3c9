// Input: u8 which file of the kernel, its text. Kernels differ and a container may put anything there: each parser
// takes what it knows, ends, and gives views into the text only.
#include "ingest/host/decode.h"

using namespace belfry::ingest::host;

namespace {

std::string_view input_text;

void inside(std::string_view view) {
    if (view.empty()) return;
    if (view.data() < input_text.data() || view.data() + view.size() > input_text.data() + input_text.size())
        __builtin_trap();
}

// A line gives at most as many entries as it has bytes.
template <class List>
void no_more_than_text(const List& list) {
    if (list.size() > input_text.size()) __builtin_trap();
}

void counters(void (*parse)(std::string_view, std::vector<ProtocolCounter>&)) {
    std::vector<ProtocolCounter> out;
    parse(input_text, out);
    no_more_than_text(out);
    for (const ProtocolCounter& c : out) {
        inside(c.protocol);
        inside(c.name);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* input, size_t size) {
    if (size < 1) return 0;
    input_text = std::string_view(reinterpret_cast<const char*>(input) + 1, size - 1);
    switch (input[0] % 13) {
        case 0: {
            KernelStat out;
            parse_stat(input_text, out);
            no_more_than_text(out.cpus);
            break;
        }
        case 1: {
            std::vector<MemoryField> out;
            parse_meminfo(input_text, out);
            no_more_than_text(out);
            for (const MemoryField& f : out)
                inside(f.name);
            break;
        }
        case 2: (void)parse_loadavg(input_text); break;
        case 3: {
            std::vector<DiskStat> out;
            parse_diskstats(input_text, out);
            no_more_than_text(out);
            for (const DiskStat& d : out) {
                inside(d.device);
                if (d.field_count > DiskStat::FIELDS_MAX) __builtin_trap();
                (void)is_whole_disk(d.device);
            }
            break;
        }
        case 4: {
            std::vector<NetworkDevice> out;
            parse_net_dev(input_text, out);
            no_more_than_text(out);
            for (const NetworkDevice& d : out)
                inside(d.device);
            break;
        }
        case 5: (void)parse_pressure(input_text); break;
        case 6: counters(parse_net_snmp); break;
        case 7: counters(parse_net_snmp6); break;
        case 8: counters(parse_sockstat); break;
        case 9: {
            std::vector<NamedValue> out;
            parse_vmstat(input_text, out);
            no_more_than_text(out);
            for (const NamedValue& v : out)
                inside(v.name);
            break;
        }
        case 10: {
            const std::vector<Mount> out = parse_mounts(input_text);
            no_more_than_text(out);
            for (const Mount& m : out)
                if (m.mount_point.size() > input_text.size()) __builtin_trap();
            break;
        }
        case 11: {
            const auto stat = parse_process_stat(input_text);
            if (stat) inside(stat->name);
            break;
        }
        default:
            if (os_release_value(input_text, "PRETTY_NAME").size() > input_text.size()) __builtin_trap();
    }
    return 0;
}
