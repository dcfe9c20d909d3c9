#pragma once

#include "templates/value.h"

#include <memory>
#include <string>
#include <vector>

namespace belfry::templates {

struct Pipeline;

/// What stands between blanks: a value, a name, a pipeline in parentheses; then fields of it.
struct Operand {
    enum class Kind { dot, variable, function, constant, nothing, pipeline };
    Kind kind = Kind::dot;
    std::string name;  // variable (with $), function
    Value constant;
    std::shared_ptr<const Pipeline> pipeline;
    std::vector<std::string> fields;  // .a.b behind it
};

struct Command {
    std::vector<Operand> operands;  // the first may be a function or a method; the others are its arguments
    uint32_t line = 1;
};

struct Pipeline {
    std::vector<std::string> variables;  // declared or assigned: one, in `range` also two
    bool declares = false;
    std::vector<Command> commands;  // each takes the value of the one before as its last argument
    uint32_t line = 1;
};

struct Node {
    enum class Kind { text, action, condition, with, range, call, stop, next };
    Kind kind = Kind::text;
    std::string text;  // text; call: the template's name
    Pipeline pipeline;
    bool has_pipeline = false;  // call: may be without
    std::vector<Node> body;
    std::vector<Node> otherwise;
    uint32_t line = 1;
};

}  // namespace belfry::templates
