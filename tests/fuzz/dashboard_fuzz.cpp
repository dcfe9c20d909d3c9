// Dashboards from outside: what is accepted must survive its record in the log unchanged.
#include "catalog/definition.h"

using namespace belfry;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t count) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), count);
    auto read = catalog::read_dashboard(text, {});
    if (!read.ok()) return 0;
    catalog::Dashboard dashboard = std::move(*read);
    INVARIANT(!dashboard.head.title.empty(), "a dashboard has a title");
    const std::string body = dashboard.body;
    dashboard.head.id = "a";
    dashboard.head.tenant = "default";
    dashboard.head.version = 1;
    const auto back =
        catalog::decode_change(catalog::encode({.definition = std::move(dashboard), .at_ms = 1, .by = "a"}));
    INVARIANT(back.ok(), "the record of an accepted dashboard can be read");
    INVARIANT(std::get<catalog::Dashboard>(back->definition).body == body, "the body comes back as it was");
    return 0;
}
