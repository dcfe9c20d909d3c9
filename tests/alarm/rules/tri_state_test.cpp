#include "alarm/rules/tri_state.h"

#include <doctest/doctest.h>

namespace belfry::alarm {
namespace {

/// b bad, g good, . nothing; a minute each; O A U.
std::string states(std::string_view seen, const Patience& patience) {
    TriState machine;
    std::string out;
    for (size_t i = 0; i < seen.size(); ++i) {
        machine.see(seen[i] == 'b'   ? Seen::bad
                    : seen[i] == 'g' ? Seen::good
                                     : Seen::nothing,
                    static_cast<int64_t>(i + 1) * 60'000, patience);
        out += model::to_string(machine.state)[0];
    }
    return out;
}

}  // namespace

TEST_CASE("a bad value rings at once, or after its time") {
    CHECK(states("gbbg", {}) == "OAAO");
    CHECK(states("gbbbbg", {.for_ms = 120'000}) == "OOOAAO");
    CHECK(states("bbgbb", {.for_ms = 120'000}) == "OOOOO");
}

TEST_CASE("a ringing alarm rings on for a while when it is told to") {
    CHECK(states("bggg", {.keep_firing_for_ms = 120'000}) == "AAAO");
    CHECK(states("bgbgg.g", {.keep_firing_for_ms = 120'000}) == "AAAAAUO");
}

TEST_CASE("each policy has its own word on missing values") {
    CHECK(states("g.b.g", {}) == "OUAUO");
    CHECK(states("g.b.g", {.no_data = catalog::NoData::keep}) == "OOAAO");
    CHECK(states("g.b.g", {.no_data = catalog::NoData::ok}) == "OOAOO");
    CHECK(states("g.g..", {.for_ms = 60'000, .no_data = catalog::NoData::alarm}) == "OOOOA");
    CHECK(states(".b.bb", {.for_ms = 60'000}) == "UOUOA");
}

}  // namespace belfry::alarm
