// Any text as an alarm's expression: parsed or refused at a byte of it; what is accepted prints and parses again.
#include "alarm/threshold/check.h"
#include "alarm/threshold/parser.h"
#include "alarm/threshold/print.h"

using namespace belfry;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t count) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), count);
    const auto parsed = alarm::parse_alarm_expression(text);
    if (!parsed.ok()) {
        INVARIANT(alarm::error_at(parsed.error()) <= count, "an error points into the text");
        return 0;
    }
    INVARIANT(!parsed->subs.empty() && !parsed->steps.empty(), "an expression has a comparison");
    (void)parsed->evaluate([](uint32_t sub) { return sub % 2 == 0; });
    (void)parsed->flat_joins();
    std::vector<alarm::SubState> states;
    for (const auto& sub : parsed->subs)
        states.push_back({&sub, model::AlarmState::alarm, {sub.threshold}});
    (void)alarm::reason(model::AlarmState::alarm, states);
    const std::string shown = alarm::print(*parsed);
    const auto again = alarm::parse_alarm_expression(shown, {.bytes_max = UINT64_MAX});
    INVARIANT(again.ok(), "what is shown is an expression");
    INVARIANT(again->subs == parsed->subs, "it has the same comparisons");
    INVARIANT(alarm::print(*again) == shown, "it is shown alike");
    INVARIANT(alarm::match_change(*parsed, *again).ok(), "it can replace the first");
    return 0;
}
