#include "catalog/alarm_definition.h"
#include "catalog/catalog.h"
#include "catalog/changes.h"
#include "catalog/notification.h"
#include "support/loop_change_log.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

using namespace belfry;
using namespace belfry::catalog;
using belfry::tests::TempDir;

namespace {

AlarmDefinition definition(std::string id, std::string name) {
    return {.id = std::move(id),
            .tenant = "shop",
            .name = std::move(name),
            .expression = "max(cpu) > 5",
            .severity = model::Severity::high,
            .match_by = {"host"},
            .alarm_actions = {"m1"},
            .for_ms = 5000,
            .no_data = NoData::keep,
            .labels = {{"team", "db"}}};
}

}  // namespace

TEST_CASE("documents are kept, found by kind, id and tenant, and are there again after a restart") {
    TempDir dir;
    ManualClock clock(1000);
    {
        auto catalog = Catalog::open(dir.path() + "/c.sqlite", {}, clock);
        REQUIRE(catalog.ok());
        tests::LoopChangeLog log(**catalog);
        Changes changes(log, **catalog, clock);
        REQUIRE(changes.save_document(to_document(definition("d1", "cpu")), "ana").ok());
        clock.set_ms(2000);
        AlarmDefinition second = definition("d1", "cpu high");
        REQUIRE(changes.save_document(to_document(second), "bob").ok());
        const auto same_name = changes.save_document(to_document(definition("d2", "cpu high")), "ana");
        REQUIRE(!same_name.ok());
        CHECK(same_name.error().code == Code::conflict);
        const auto before = (*catalog)->snapshot()->documents(ALARM_DEFINITION);
        CHECK(before->size() == 1);
        CHECK(changes.remove_document(ALARM_DEFINITION, "d1", "other", "ana").error().code == Code::not_found);
        auto silence = Silence{.id = "s1", .tenant = "shop", .starts_ms = 1, .ends_ms = 2, .created_by = "ana", .comment = "c"};
        silence.matchers.push_back(*model::Matcher::make(model::Matcher::Op::regex, "host", "a.*"));
        REQUIRE(changes.save_document(to_document(silence), "ana").ok());
        CHECK((*catalog)->snapshot()->documents(ALARM_DEFINITION) == before);  // another kind's change leaves it
    }
    auto catalog = Catalog::open(dir.path() + "/c.sqlite", {}, clock);
    REQUIRE(catalog.ok());
    const auto snapshot = (*catalog)->snapshot();
    CHECK(snapshot->document(ALARM_DEFINITION, "d1", "default") == nullptr);
    const Document* kept = snapshot->document(ALARM_DEFINITION, "d1", "shop");
    REQUIRE(kept != nullptr);
    CHECK(kept->created_ms == 1000);
    CHECK(kept->updated_ms == 2000);
    CHECK(kept->updated_by == "bob");
    const auto read = read_alarm_definition(*kept);
    REQUIRE(read.ok());
    CHECK(read->name == "cpu high");
    CHECK(read->severity == model::Severity::high);
    CHECK(read->match_by == std::vector<std::string>{"host"});
    CHECK(read->no_data == NoData::keep);
    CHECK(read->labels == model::Dimensions{{"team", "db"}});
    const auto silence = read_silence(*snapshot->document(SILENCE, "s1", "shop"));
    REQUIRE(silence.ok());
    CHECK(silence->matchers.front().to_string() == R"(host=~"a.*")");
}
