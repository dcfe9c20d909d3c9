#include "alarm/desk/ready_made.h"

#include "alarm/desk/desk_fixture.h"
#include "alarm/rules/split.h"

#include <set>

using namespace belfry;
using namespace belfry::tests;

namespace {

bool all(alarm::Watches) {
    return true;
}

}  // namespace

TEST_CASE("every ready-made alarm is a valid definition whose value can be drawn") {
    DeskFixture f;
    std::set<std::string_view> keys;
    for (const alarm::ReadyMade& entry : alarm::ready_made()) {
        CAPTURE(entry.key);
        CHECK(keys.insert(entry.key).second);
        const Status checked = f.definitions.check(alarm::to_definition(entry));
        CAPTURE((checked.ok() ? "" : checked.error().message));
        CHECK(checked.ok());
        CHECK(alarm::read_condition(entry.expression)->split);
        CHECK_FALSE(entry.what_to_do.empty());
    }
}

TEST_CASE("ready-made alarms are made once: what is deleted stays deleted, what is switched on later comes then") {
    DeskFixture f;
    const auto make = [&](const std::function<bool(alarm::Watches)>& wanted) {
        return alarm::make_ready_made(f.definitions, *f.catalog, f.changes, wanted).value();
    };
    catalog::AlarmDefinition own{
        .name = "CPU busy", .language = catalog::AlarmLanguage::promql, .expression = "up < 1"};
    REQUIRE(f.definitions.create(own, "ana").ok());
    const size_t without_host = make([](alarm::Watches what) { return what != alarm::Watches::host; });
    CHECK(without_host > 3);
    const size_t host = make(all);
    CHECK(without_host + host == alarm::ready_made().size() - 1);  // the user's own of one name stands
    const auto made = f.definitions.list("default");
    CHECK(made.size() == alarm::ready_made().size());
    for (const auto& d : made)
        if (d->ready_made) REQUIRE(f.definitions.remove("default", d->id, "ana").ok());
    CHECK(make(all) == 0);
    CHECK(f.definitions.list("default").size() == 1);
}
