#include "base/clock.h"

#include <time.h>

namespace belfry {
namespace {

int64_t read_clock(clockid_t id) {
    timespec t{};
    clock_gettime(id, &t);
    return static_cast<int64_t>(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
}

class SystemClock : public Clock {
  public:
    [[nodiscard]] int64_t now_ns() const override { return read_clock(CLOCK_REALTIME); }
    [[nodiscard]] int64_t monotonic_ns() const override { return read_clock(CLOCK_MONOTONIC); }
};

}  // namespace

Clock& system_clock() {
    static SystemClock* instance = new SystemClock;  // never destroyed: loggers use it until the end
    return *instance;
}

}  // namespace belfry
