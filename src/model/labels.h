#pragma once

#include "base/hash.h"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace belfry::model {

inline constexpr std::string_view METRIC_NAME = "__name__";
/// The label that carries the tenant inside stores and the log. It cannot come from outside (an empty label name is
/// invalid everywhere) and sorts first. The default tenant has no such label. Queries strip it from answers.
inline constexpr std::string_view TENANT_LABEL = "";
inline constexpr std::string_view DEFAULT_TENANT = "default";

struct Label {
    std::string_view name;
    std::string_view value;
    friend bool operator==(const Label&, const Label&) = default;
    friend auto operator<=>(const Label&, const Label&) = default;
};

/// A set of labels in canonical form: sorted by name (bytewise), names unique, no empty value, encoded as
/// (varint size, name, varint size, value)*. Equal sets have equal bytes; so hashing and comparing is on bytes.
/// Borrowed: valid as long as the bytes it views.
class LabelsView {
  public:
    LabelsView() = default;
    /// `encoded` must be canonical (see `Labels::decode` for bytes from outside).
    explicit LabelsView(std::string_view encoded) : bytes_(encoded) {}

    class Iterator {
      public:
        using value_type = Label;
        using difference_type = std::ptrdiff_t;
        Iterator() = default;
        explicit Iterator(std::string_view rest) : rest_(rest) { read(); }
        const Label& operator*() const { return label_; }
        const Label* operator->() const { return &label_; }
        Iterator& operator++() {
            read();
            return *this;
        }
        void operator++(int) { read(); }
        friend bool operator==(const Iterator& a, const Iterator& b) { return a.at_ == b.at_; }

      private:
        void read();
        std::string_view rest_;
        const char* at_ = nullptr;  // null at the end
        Label label_;
    };

    [[nodiscard]] Iterator begin() const { return Iterator(bytes_); }
    [[nodiscard]] Iterator end() const { return {}; }
    [[nodiscard]] bool empty() const { return bytes_.empty(); }
    [[nodiscard]] size_t count() const;
    /// The value, or "" when the label is missing (the two are the same in the data model).
    [[nodiscard]] std::string_view get(std::string_view name) const;
    [[nodiscard]] std::string_view metric_name() const { return get(METRIC_NAME); }
    [[nodiscard]] std::string_view tenant() const;
    [[nodiscard]] std::string_view bytes() const { return bytes_; }
    [[nodiscard]] Hash128 hash() const { return hash128(bytes_); }

    /// `name{a="b",...}` with escapes, for messages and tests.
    [[nodiscard]] std::string to_string() const;

    friend bool operator==(const LabelsView& a, const LabelsView& b) { return a.bytes_ == b.bytes_; }

  private:
    std::string_view bytes_;
};

/// Label by label order, as Prometheus sorts result series.
[[nodiscard]] int compare(LabelsView a, LabelsView b);

/// An owned canonical label set.
class Labels {
  public:
    Labels() = default;
    Labels(std::initializer_list<Label> labels);
    explicit Labels(LabelsView view) : bytes_(view.bytes()) {}
    /// Sorts; empty values are left out; of equal names the last wins.
    [[nodiscard]] static Labels from(std::vector<Label> labels);
    /// Bytes that may not be canonical (from the log, from a file): false when malformed, unsorted or doubled.
    [[nodiscard]] static bool is_canonical(std::string_view bytes);

    operator LabelsView() const { return LabelsView(bytes_); }  // NOLINT(google-explicit-constructor)
    [[nodiscard]] LabelsView view() const { return LabelsView(bytes_); }
    [[nodiscard]] const std::string& bytes() const { return bytes_; }
    [[nodiscard]] std::string_view get(std::string_view name) const { return view().get(name); }
    [[nodiscard]] bool empty() const { return bytes_.empty(); }
    [[nodiscard]] std::string to_string() const { return view().to_string(); }

    friend bool operator==(const Labels&, const Labels&) = default;

  private:
    friend class LabelsBuilder;
    std::string bytes_;
};

/// Changes a label set: set, erase, then `build`. Reusable through `reset`.
class LabelsBuilder {
  public:
    LabelsBuilder() = default;
    explicit LabelsBuilder(LabelsView base) { reset(base); }
    void reset(LabelsView base);
    void clear() { labels_.clear(); }
    /// Sets or replaces; an empty value erases. Keeps its own copy.
    LabelsBuilder& set(std::string_view name, std::string_view value);
    LabelsBuilder& erase(std::string_view name);
    [[nodiscard]] std::string_view get(std::string_view name) const;
    [[nodiscard]] Labels build() const;
    /// What stands in it now, sorted by name.
    [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& labels() const { return labels_; }

  private:
    std::vector<std::pair<std::string, std::string>> labels_;  // sorted by name
};

}  // namespace belfry::model
