#pragma once

#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace belfry::api {

struct DemoState {
    bool running = false;
    uint64_t series = 0;
    std::optional<int64_t> since_ms;
};

/// The made-up fleet, as the API sees it. Any thread.
class DemoControl {
  public:
    virtual ~DemoControl() = default;
    [[nodiscard]] virtual DemoState state() const = 0;
    /// Starts feeding; nothing when it runs already.
    [[nodiscard]] virtual Status start(std::string_view by) = 0;
    /// Stops feeding and removes all that it made.
    [[nodiscard]] virtual Status remove(std::string_view by) = 0;
};

}  // namespace belfry::api
