#pragma once

#include "base/result.h"
#include "model/matcher.h"
#include "store/metric/id_set.h"

#include <functional>
#include <string_view>

namespace belfry::store {

/// An inverted index over label sets: the head's, or a part's.
class PostingSource {
  public:
    using Accept = std::function<bool(std::string_view value)>;

    virtual ~PostingSource() = default;
    [[nodiscard]] virtual Status all(IdUnion& out) const = 0;
    /// Series that have the label.
    [[nodiscard]] virtual Status with_name(std::string_view name, IdUnion& out) const = 0;
    [[nodiscard]] virtual Status with_value(std::string_view name, std::string_view value, IdUnion& out) const = 0;
    /// Series whose value (not empty) starts with `prefix` and is accepted.
    [[nodiscard]] virtual Status with_values(std::string_view name, std::string_view prefix, const Accept& accept,
                                             IdUnion& out) const = 0;
};

/// The series of `tenant` that all matchers accept.
[[nodiscard]] Result<Ids> find_series(const PostingSource& source, std::string_view tenant, const model::Matchers& matchers);

}  // namespace belfry::store
