#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace belfry::store {

/// Ascending, unique ids of one source's series.
using Ids = std::vector<uint32_t>;

/// Collects posting lists into their union.
class IdUnion {
  public:
    /// `ids` ascending.
    void add(std::span<const uint32_t> ids);
    [[nodiscard]] Ids take();

  private:
    Ids ids_;
    bool sorted_ = true;
};

[[nodiscard]] Ids intersect(const Ids& a, const Ids& b);
[[nodiscard]] Ids subtract(const Ids& a, const Ids& b);
[[nodiscard]] Ids unite(const Ids& a, const Ids& b);

}  // namespace belfry::store
