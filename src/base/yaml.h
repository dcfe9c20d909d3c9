#pragma once

#include "base/result.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace belfry {

/// A value of a YAML document, read only. Copies share their children, so an alias costs nothing; what a reader meets
/// when it walks the tree is bounded by `YamlLimits::nodes_max`, aliases counted as often as they are used.
class YamlNode {
  public:
    enum class Kind { null, scalar, sequence, map };
    using Item = std::pair<YamlNode, YamlNode>;  // key, value

    YamlNode() = default;

    [[nodiscard]] Kind kind() const { return kind_; }
    [[nodiscard]] bool is_null() const { return kind_ == Kind::null; }
    [[nodiscard]] bool is_scalar() const { return kind_ == Kind::scalar; }
    [[nodiscard]] bool is_sequence() const { return kind_ == Kind::sequence; }
    [[nodiscard]] bool is_map() const { return kind_ == Kind::map; }
    /// Where it stands in the text, from 1; an alias stands where its anchor does.
    [[nodiscard]] int line() const { return line_; }

    /// The text of a scalar as it is meant (quotes and escapes resolved); empty for the others.
    [[nodiscard]] const std::string& text() const { return text_; }
    /// True for a scalar without quotes: only such a one may be a number or a truth value.
    [[nodiscard]] bool is_plain() const { return plain_; }
    /// A truth value as YAML 1.1 writes it (true, yes, on, ... without quotes).
    [[nodiscard]] std::optional<bool> as_bool() const;
    /// A number without quotes; integers also as 0x.., 0o.., 0b.. and with `_` between digits.
    [[nodiscard]] std::optional<int64_t> as_int() const;
    [[nodiscard]] std::optional<double> as_double() const;

    /// Elements of a sequence or items of a map; 0 otherwise.
    [[nodiscard]] size_t size() const;
    /// An element of a sequence; a null node when out of range.
    [[nodiscard]] const YamlNode& at(size_t index) const;
    /// The items of a map in the order of the text, keys unique; those merged by `<<` follow.
    [[nodiscard]] const std::vector<Item>& items() const;
    /// The value of a key of a map; nullptr when there is none.
    [[nodiscard]] const YamlNode* find(std::string_view key) const;

  private:
    friend class YamlTreeBuilder;
    Kind kind_ = Kind::null;
    bool plain_ = false;
    int line_ = 0;
    std::string text_;
    std::shared_ptr<const std::vector<YamlNode>> elements_;
    std::shared_ptr<const std::vector<Item>> items_;
};

/// What a text may ask of the parser; past one of them it is `exhausted`.
struct YamlLimits {
    size_t text_bytes_max = 16 << 20;
    size_t nodes_max = 1'000'000;  // with aliases as often as they are used: ten lines can mean a billion nodes
    int depth_max = 64;            // a configuration has ten levels
    size_t documents_max = 1'000;
};

/// The documents of a text; an empty text has none. Aliases and merge keys (`<<`) are resolved; a key that stands twice
/// in a map, a key that is not a scalar and an alias without an anchor are errors. Messages begin with `line 7: `.
[[nodiscard]] Result<std::vector<YamlNode>> parse_yaml(std::string_view text, const YamlLimits& limits = {});
/// The only document of a text: a null node when it is empty, an error when there are several.
[[nodiscard]] Result<YamlNode> parse_yaml_document(std::string_view text, const YamlLimits& limits = {});

/// The tree as YAML again: block style, texts quoted where they must be. Values under a key for which `secret` says
/// true are replaced by <secret>; no function: nothing is hidden.
[[nodiscard]] std::string print_yaml(const YamlNode& node, const std::function<bool(std::string_view key)>& secret);

}  // namespace belfry
