// Any text: parsed without a crash, and what parses prints to text that parses to the same print.
#include "query/promql/parser.h"
#include "query/promql/print.h"

using namespace belfry;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t count) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), count);
    static_cast<void>(promql::parse_selector(text));
    auto expr = promql::parse(text);
    if (!expr) return 0;
    const std::string printed = promql::print(**expr);
    promql::ParseOptions roomy;
    roomy.text_bytes_max = 16 << 20;  // numbers are printed without exponent: up to 1,100 digits
    auto again = promql::parse(printed, roomy);
    INVARIANT(again.ok(), "what was printed parses");
    INVARIANT(promql::print(**again) == printed, "printing again changes nothing");
    INVARIANT(promql::print(*promql::clone(**expr)) == printed, "a copy is the same");
    auto pretty = promql::parse(promql::print_pretty(**expr), roomy);
    INVARIANT(pretty.ok() && promql::print(**pretty) == printed, "pretty text means the same");
    static_cast<void>(promql::resolve_durations(**expr, {.step_ms = 15'000, .range_ms = 60'000}, text));
    return 0;
}
