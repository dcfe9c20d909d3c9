// Input: a scrape configuration. Read or refused with a sentence; its targets can be planned.
#include "ingest/scrape/config.h"
#include "ingest/scrape/target_plan.h"

using namespace belfry;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* input, size_t size) {
    if (size > 1 << 16) return 0;
    const std::string_view text(reinterpret_cast<const char*>(input), size);
    if (text.find("scrape_config_files") != std::string_view::npos) return 0;  // reads the disk
    const auto file = ingest::scrape::read_scrape_config(text, "/nonexistent");
    if (!file.ok()) {
        if (file.error().message.empty()) __builtin_trap();
        return 0;
    }
    for (const auto& job : file->jobs)
        for (const auto& group : job->groups)
            for (const auto& target : group.targets)
                static_cast<void>(ingest::scrape::plan_target(*job, group, target));
    return 0;
}
