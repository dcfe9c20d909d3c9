// Any text as a routing and as matchers: read without a crash; what is read can be asked.
#include "notify/matchers.h"
#include "notify/route.h"

using namespace belfry;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t count) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), count);
    if (const auto matchers = notify::parse_matchers(text); matchers.ok()) {
        INVARIANT(!matchers->empty(), "at least one");
        (void)notify::all_match(*matchers, {{"a", "b"}});
        std::string printed;
        for (const model::Matcher& m : *matchers)
            printed += (printed.empty() ? "" : ",") + m.to_string();
        (void)notify::parse_matchers(printed);
    }
    if (const auto routing = notify::parse_routing(text); routing.ok()) {
        for (const notify::Route* route : (*routing)->find({{"alertname", "x"}, {"severity", "critical"}})) {
            INVARIANT((*routing)->by_id(route->id) != nullptr, "a route is found by its id");
            (void)(*routing)->muted_by(*route, 1'767'225'600'000);
        }
    }
    return 0;
}
