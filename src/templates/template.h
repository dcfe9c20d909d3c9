#pragma once

#include "base/result.h"
#include "templates/ast.h"
#include "templates/value.h"

#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::templates {

/// A function that templates may call. `arguments_max` -1: any number.
struct Function {
    int arguments_min = 0;
    int arguments_max = 0;
    std::function<Result<Value>(std::span<const Value>)> call;
};
using Functions = std::map<std::string, Function, std::less<>>;

/// and or not len index slice print println printf html js urlquery eq ne lt le gt ge.
[[nodiscard]] const Functions& builtins();

struct Limits {
    size_t source_bytes_max = 64 * 1024;
    size_t output_bytes_max = 64 * 1024;
    uint32_t steps_max = 100'000;  // nodes and commands run
    uint32_t depth_max = 100;      // of nesting: in the source, and of templates that call templates
};

/// The language of Go's text/template: actions in {{ }}, pipelines, variables, if, range, with, define, block,
/// template, break, continue. Parsed once, immutable; any thread runs it.
class Template {
  public:
    /// Errors are `invalid` and name the line. Functions beside the builtins must be in `known`.
    [[nodiscard]] static Result<Template> parse(std::string_view source,
                                                const Functions& known,
                                                const Limits& limits = {});

    /// The text that comes out for `dot`. `functions` holds what `known` held at the parse. Errors are `invalid`, or
    /// what a function answered.
    [[nodiscard]] Result<std::string> run(const Value& dot,
                                          const Functions& functions,
                                          const Limits& limits = {}) const;

  private:
    friend class Parser;
    friend class Runner;
    std::vector<Node> body_;
    std::map<std::string, std::vector<Node>, std::less<>> defined_;
};

}  // namespace belfry::templates
