#include "queue/gather.h"

#include <doctest/doctest.h>

using belfry::queue::Gather;

namespace {
constexpr int64_t MS = 1'000'000;
}

TEST_CASE("a lone writer is never kept waiting") {
    Gather gather(MS);
    for (int i = 0; i < 100; i++) {
        CHECK(gather.wanted() == 1);
        gather.committed(1, 0, MS);
    }
}

TEST_CASE("a record that came during a sync makes the next commit wait for as many writers") {
    Gather gather(MS);
    gather.committed(1, 1, MS / 4);
    CHECK(gather.wanted() == 2);
    CHECK(gather.wait_ns() == MS / 2);  // two syncs
    gather.gathered(2);
    gather.committed(2, 0, 10 * MS);
    CHECK(gather.wanted() == 2);  // both came together, and are expected together
    CHECK(gather.wait_ns() == MS);
    gather.committed(2, 3, MS);
    CHECK(gather.wanted() == 5);
    gather.committed(50, 1'000, MS);
    CHECK(gather.wanted() == Gather::RECORDS_MAX);
}

TEST_CASE("writers that do not come are not waited for again") {
    Gather gather(MS);
    gather.committed(3, 4, MS);
    CHECK(gather.wanted() == 7);
    gather.gathered(2);
    CHECK(gather.wanted() == 2);
    gather.gathered(1);
    CHECK(gather.wanted() == 1);
}

TEST_CASE("with a limit of nothing nobody waits") {
    Gather gather(0);
    gather.committed(1, 5, MS);
    CHECK(gather.wanted() == 1);
}
