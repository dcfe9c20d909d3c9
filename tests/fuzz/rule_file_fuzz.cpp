// Any text as a rule file: read without a crash; without an error every rule has what it needs.
#include "alarm/rules/rule_file.h"

using namespace belfry;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t count) {
    const alarm::RuleFile file = alarm::parse_rule_file(std::string_view(reinterpret_cast<const char*>(bytes), count), "f", {.file_bytes_max = 65'536});
    if (!file.errors.empty()) return 0;
    for (const alarm::RuleGroup& group : file.groups) {
        INVARIANT(!group.name.empty(), "a group has a name");
        for (const auto& rule : group.rules) {
            INVARIANT(rule->expr != nullptr && !rule->name.empty(), "a rule has a name and an expression");
            INVARIANT(!rule->alerting || rule->labels.size() == rule->label_templates.size(), "every label has its template");
            INVARIANT(!rule->alerting || rule->annotations.size() == rule->annotation_templates.size(), "every annotation has its template");
        }
    }
    return 0;
}
