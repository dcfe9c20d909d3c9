#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::templates {

enum class TokenKind {
    text,       // outside of actions, after trimming
    open,       // {{
    close,      // }}
    word,       // a keyword or a function
    field,      // .name; text without the dot
    dot,        // .
    variable,   // $ or $name
    string,     // text is the value
    character,  // text is the code point in decimal
    number,
    left_paren,
    right_paren,
    pipe,
    declare,  // :=
    assign,   // =
    comma,
    end
};

struct Token {
    TokenKind kind = TokenKind::end;
    std::string text;
    uint32_t line = 1;
    bool space_before = false;  // inside an action
};

/// Text and actions of a template; comments are gone, white space beside `{{-` and `-}}` too.
[[nodiscard]] Result<std::vector<Token>> tokenize(std::string_view source);

}  // namespace belfry::templates
