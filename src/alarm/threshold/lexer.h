#pragma once

#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace belfry::alarm {

/// Words of an alarm's expression, asked for by what the parser expects: `gt1` and `>1and` need no space between, and a
/// metric may be called `max` or `and`, so that no word is one thing everywhere. The text outlives this.
class Lexer {
  public:
    explicit Lexer(std::string_view text) : text_(text) {}

    /// All of it is UTF-8 of the basic multilingual plane.
    [[nodiscard]] Status check_characters() const;

    [[nodiscard]] size_t at() const { return at_; }
    void back_to(size_t at) { at_ = at; }
    void skip_space();
    /// After white space.
    [[nodiscard]] bool at_end();
    /// Passes over `literal` (letters in any case) after white space.
    [[nodiscard]] bool take(std::string_view literal);
    [[nodiscard]] bool next_is(std::string_view literal);
    /// A run of characters that names may have, after white space; "" when there is none.
    [[nodiscard]] std::string_view name();
    /// Like `name`, but spaces inside belong to it and those at both ends do not.
    [[nodiscard]] std::string_view dimension_text();
    /// `-?digits[.digits]`.
    [[nodiscard]] std::optional<std::string_view> decimal();
    [[nodiscard]] std::optional<std::string_view> digits();

    /// `at byte 12: <what>, not <what stands there>`
    [[nodiscard]] Error expected(std::string_view what);

  private:
    std::string_view text_;
    size_t at_ = 0;
};

/// `at byte 12: <what>`
[[nodiscard]] Error expression_error(size_t at, std::string_view what);

}  // namespace belfry::alarm
