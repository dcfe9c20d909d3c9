#pragma once

#include "base/result.h"

#include <memory>
#include <string>
#include <string_view>

namespace belfry::model {

/// A regular expression (RE2) that is looked for anywhere in a text, as templates want it; matchers anchor theirs.
/// Immutable; any thread.
class Pattern {
  public:
    [[nodiscard]] static Result<Pattern> make(const std::string& regex);
    [[nodiscard]] bool found_in(std::string_view text) const;
    /// Every match replaced; `$1`, `${1}` and `${name}` stand for groups (a name goes as far as letters, digits and _
    /// do),
    /// `$$` for `$`. `exhausted` when the text grows beyond `bytes_max`.
    [[nodiscard]] Result<std::string> replace_all(std::string_view text,
                                                  std::string_view replacement,
                                                  size_t bytes_max) const;

  private:
    struct Regex;
    Pattern() = default;
    std::shared_ptr<const Regex> regex_;
};

}  // namespace belfry::model
