#pragma once

#include <string>
#include <string_view>

namespace belfry::query {

/// What completion and documentation show of a function or operator of a query language. Each language makes the list
/// from the very table its parser checks calls against, so that it cannot fall behind.
struct FunctionDoc {
    std::string_view name;
    std::string_view kind;  // "function", "aggregation"
    std::string signature;  // "rate(range vector) -> instant vector"
    std::string_view help;  // one sentence
    bool experimental = false;
};

}  // namespace belfry::query
