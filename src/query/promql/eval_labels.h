#pragma once

#include "model/labels.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::promql {

/// Labels that say what a series is (name, type, unit); they go together when an operation changes the meaning.
[[nodiscard]] bool is_metadata_label(std::string_view name);

/// UTF-8 and not empty: what a label name may be.
[[nodiscard]] bool is_label_name(std::string_view name);
/// In double quotes, unprintable bytes as \\x12: for messages.
[[nodiscard]] std::string quoted_text(std::string_view text);

/// Owns the label bytes a query makes; views live as long as it. One thread at a time.
class LabelArena {
  public:
    [[nodiscard]] model::LabelsView put(std::string_view canonical);
    [[nodiscard]] model::LabelsView put(const model::Labels& labels) { return put(labels.bytes()); }

  private:
    std::vector<std::unique_ptr<char[]>> blocks_;
    size_t used_ = 0;
    size_t size_ = 0;
};

/// Which labels of a set stay: only some (`by`, `on`) or all but some (`without`, `ignoring`). Works on the encoded bytes,
/// because it runs once for every series.
class LabelFilter {
  public:
    [[nodiscard]] static LabelFilter only(std::vector<std::string> names);
    /// `names` go, and the metadata labels too when `drop_metadata`; else just the metric name when `drop_name`.
    [[nodiscard]] static LabelFilter all_but(std::vector<std::string> names, bool drop_metadata, bool drop_name = false);

    /// Replaces `out` by the canonical bytes of what stays.
    void apply(model::LabelsView labels, std::string& out) const;

  private:
    [[nodiscard]] bool listed(std::string_view name) const;
    bool only_ = false;
    bool drop_metadata_ = false;
    bool drop_name_ = false;
    std::vector<std::string> names_;  // sorted
};

/// Numbers distinct label sets 0, 1, 2 ... in the order they come.
class LabelIndex {
  public:
    static constexpr uint32_t NONE = ~0U;

    explicit LabelIndex(LabelArena& arena) : arena_(arena) { slots_.assign(16, NONE); }
    /// The number of the set, a new one when it is new.
    uint32_t find_or_add(std::string_view canonical);
    /// NONE when it was never added.
    [[nodiscard]] uint32_t find(std::string_view canonical) const;
    [[nodiscard]] size_t count() const { return sets_.size(); }
    [[nodiscard]] model::LabelsView labels(size_t number) const { return sets_[number]; }

  private:
    [[nodiscard]] size_t slot_of(std::string_view canonical, uint64_t hash) const;
    void grow();
    LabelArena& arena_;  // outlives this
    std::vector<model::LabelsView> sets_;
    std::vector<uint64_t> hashes_;  // of sets_
    std::vector<uint32_t> slots_;   // open addressing, a power of two, at most half full
};

}  // namespace belfry::promql
