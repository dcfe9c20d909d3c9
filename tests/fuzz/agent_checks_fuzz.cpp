// Files of checks: what is read can be made into checks or is refused, and nothing is run.
#include "ingest/agent/check.h"

using namespace belfry;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t count) {
    const ingest::agent::CheckContext context{
        .clock = system_clock(), .hostname = "h", .period_ms = 1000, .files_max = 10};
    const std::string_view text(reinterpret_cast<const char*>(bytes), count);
    const auto instances = ingest::agent::parse_checks(text, "http_check.yaml", context);
    if (!instances.ok()) return 0;
    for (const auto& instance : *instances) {
        const auto check = ingest::agent::make_check(instance, context);
        if (check.ok() && check->period_ms <= 0) __builtin_trap();
    }
    return 0;
}
