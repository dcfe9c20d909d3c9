// Runs a parsed template.
#include "templates/fields.h"
#include "templates/format.h"
#include "templates/template.h"

namespace belfry::templates {

class Runner {
  public:
    Runner(const Template& source, const Functions& functions, const Limits& limits)
        : template_(source), functions_(functions), limits_(limits) {}

    Result<std::string> run(const Value& dot) {
        variables_.emplace_back("$", dot);
        TRY(walk(template_.body_, dot));
        return std::move(out_);
    }

  private:
    enum class Flow { on, stop, next };

    Status step(uint32_t line) {
        if (++steps_ > limits_.steps_max)
            return make_error(Code::invalid, "line {}: more than {} steps", line, limits_.steps_max);
        return {};
    }

    Status print(std::string_view text, uint32_t line) {
        if (out_.size() + text.size() > limits_.output_bytes_max)
            return make_error(Code::invalid, "line {}: the text grows beyond {} bytes", line, limits_.output_bytes_max);
        out_.append(text);
        return {};
    }

    Result<Flow> walk(const std::vector<Node>& nodes, const Value& dot) {
        for (const Node& node : nodes) {
            const Flow flow = TRY(visit(node, dot));
            if (flow != Flow::on) return flow;
        }
        return Flow::on;
    }

    Result<Flow> visit(const Node& node, const Value& dot) {
        TRY(step(node.line));
        switch (node.kind) {
            case Node::Kind::text: TRY(print(node.text, node.line)); return Flow::on;
            case Node::Kind::action: {
                const Value value = TRY(pipeline(node.pipeline, dot));
                if (node.pipeline.variables.empty()) TRY(print(to_text(value), node.line));
                return Flow::on;
            }
            case Node::Kind::condition:
            case Node::Kind::with: {
                const size_t variables = variables_.size();
                const Value value = TRY(pipeline(node.pipeline, dot));
                const bool with = node.kind == Node::Kind::with;
                const Flow flow =
                    value.truth() ? TRY(walk(node.body, with ? value : dot)) : TRY(walk(node.otherwise, dot));
                variables_.resize(variables);
                return flow;
            }
            case Node::Kind::range: return range(node, dot);
            case Node::Kind::call: TRY(call(node, dot)); return Flow::on;
            case Node::Kind::stop: return Flow::stop;
            case Node::Kind::next: return Flow::next;
        }
        return Flow::on;
    }

    Status call(const Node& node, const Value& dot) {
        const auto found = template_.defined_.find(node.text);
        if (found == template_.defined_.end())
            return make_error(Code::invalid, "line {}: template \"{}\" is not defined", node.line, node.text);
        if (++depth_ > limits_.depth_max)
            return make_error(Code::invalid, "line {}: templates call each other deeper than {}", node.line,
                              limits_.depth_max);
        Value argument;
        if (node.has_pipeline) argument = TRY(pipeline(node.pipeline, dot));
        std::vector<std::pair<std::string, Value>> outer = std::exchange(variables_, {{"$", argument}});
        TRY(walk(found->second, argument));
        variables_ = std::move(outer);
        --depth_;
        return {};
    }

    Result<Flow> range(const Node& node, const Value& dot) {
        const size_t variables = variables_.size();
        const Value over = TRY(commands(node.pipeline, dot));
        const std::vector<std::string>& names = node.pipeline.variables;
        bool any = false;
        const auto turn = [&](const Value& key, const Value& item) -> Result<bool> {  // false: stop
            any = true;
            TRY(step(node.line));
            const Value& first = names.size() == 2 ? key : item;
            if (!node.pipeline.declares) {
                if (!names.empty()) assign(names[0], first);
                if (names.size() == 2) assign(names[1], item);
            } else {
                if (!names.empty()) variables_.emplace_back(names[0], first);
                if (names.size() == 2) variables_.emplace_back(names[1], item);
            }
            const Flow flow = TRY(walk(node.body, item));
            variables_.resize(variables);
            return flow != Flow::stop;
        };
        if (const List* list = over.list()) {
            for (size_t i = 0; i < list->size(); ++i)
                if (!TRY(turn(Value(static_cast<int64_t>(i)), (*list)[i]))) break;
        } else if (const Map* map = over.map(); map && map->missing != Map::Missing::error) {
            for (const auto& [key, item] : map->entries)
                if (!TRY(turn(Value(key), item))) break;
        } else if (const int64_t* count = over.integer()) {
            for (int64_t i = 0; i < *count; ++i)
                if (!TRY(turn(Value(i), Value(i)))) break;
        } else if (!over.is_nothing()) {
            return make_error(Code::invalid, "line {}: range cannot go over a {}", node.line, over.type_name());
        }
        if (!any) return walk(node.otherwise, dot);
        return Flow::on;
    }

    void assign(const std::string& name, const Value& value) {
        for (auto at = variables_.rbegin(); at != variables_.rend(); ++at) {
            if (at->first != name) continue;
            at->second = value;
            return;
        }
    }

    Result<Value> pipeline(const Pipeline& p, const Value& dot) {
        Value value = TRY(commands(p, dot));
        for (const std::string& name : p.variables) {
            if (p.declares)
                variables_.emplace_back(name, value);
            else
                assign(name, value);
        }
        return value;
    }

    Result<Value> commands(const Pipeline& p, const Value& dot) {
        std::optional<Value> last;
        for (const Command& c : p.commands) {
            TRY(step(c.line));
            last = TRY(command(c, dot, last ? &*last : nullptr).context("line {}", c.line));
            const std::string* text = last->text();
            if (text && text->size() > limits_.output_bytes_max)
                return make_error(Code::invalid, "line {}: a text grows beyond {} bytes", c.line,
                                  limits_.output_bytes_max);
        }
        return *last;
    }

    Result<Value> command(const Command& c, const Value& dot, const Value* last) {
        const Operand& first = c.operands[0];
        const bool has_arguments = c.operands.size() > 1 || last != nullptr;
        if (first.kind == Operand::Kind::function) return function(c, dot, last);
        if (!has_arguments) return operand(first, dot);
        if (first.fields.empty()) return make_error(Code::invalid, "arguments for what is no function");
        std::vector<Value> arguments;
        for (size_t i = 1; i < c.operands.size(); ++i)
            arguments.push_back(TRY(operand(c.operands[i], dot)));
        if (last) arguments.push_back(*last);
        Value value = TRY(base(first, dot));
        for (size_t i = 0; i + 1 < first.fields.size(); ++i)
            value = TRY(field(value, first.fields[i], {}));
        return field(value, first.fields.back(), arguments);
    }

    Result<Value> function(const Command& c, const Value& dot, const Value* last) {
        const Operand& first = c.operands[0];
        std::vector<Value> arguments;
        const bool is_and = first.name == "and";
        if (is_and || first.name == "or") {  // stop at the first that decides
            Value value;
            for (size_t i = 1; i < c.operands.size(); ++i) {
                value = TRY(operand(c.operands[i], dot));
                if (value.truth() != is_and) return with_fields(first, value);
            }
            if (last)
                value = *last;
            else if (c.operands.size() == 1)
                return make_error(Code::invalid, "{} needs an argument", first.name);
            return with_fields(first, value);
        }
        for (size_t i = 1; i < c.operands.size(); ++i)
            arguments.push_back(TRY(operand(c.operands[i], dot)));
        if (last) arguments.push_back(*last);
        const auto known = functions_.find(first.name);
        const auto builtin = builtins().find(first.name);
        if (known == functions_.end() && builtin == builtins().end())
            return make_error(Code::invalid, "function {} is not there", first.name);
        const Function& f = known != functions_.end() ? known->second : builtin->second;
        const auto count = static_cast<int>(arguments.size());
        if (count < f.arguments_min || (f.arguments_max >= 0 && count > f.arguments_max)) {
            return make_error(Code::invalid, "{} takes {} argument{}, not {}", first.name,
                              f.arguments_max < 0 ? fmt::format("at least {}", f.arguments_min)
                              : f.arguments_min == f.arguments_max
                                  ? fmt::format("{}", f.arguments_min)
                                  : fmt::format("{} to {}", f.arguments_min, f.arguments_max),
                              f.arguments_max == 1 ? "" : "s", count);
        }
        return with_fields(first, TRY(f.call(arguments).context("{}", first.name)));
    }

    static Result<Value> with_fields(const Operand& o, Value value) {
        for (const std::string& name : o.fields)
            value = TRY(field(value, name, {}));
        return value;
    }

    Result<Value> base(const Operand& o, const Value& dot) {
        switch (o.kind) {
            case Operand::Kind::dot: return dot;
            case Operand::Kind::constant: return o.constant;
            case Operand::Kind::nothing: return Value();
            case Operand::Kind::pipeline: return commands(*o.pipeline, dot);
            case Operand::Kind::variable:
                for (auto at = variables_.rbegin(); at != variables_.rend(); ++at)
                    if (at->first == o.name) return at->second;
                return make_error(Code::invalid, "variable {} is not defined", o.name);
            case Operand::Kind::function: {
                Command alone;
                alone.operands.push_back(o);
                alone.operands[0].fields.clear();
                return function(alone, dot, nullptr);
            }
        }
        return Value();
    }

    Result<Value> operand(const Operand& o, const Value& dot) { return with_fields(o, TRY(base(o, dot))); }

    const Template& template_;
    const Functions& functions_;
    const Limits& limits_;
    std::vector<std::pair<std::string, Value>> variables_;
    std::string out_;
    uint32_t steps_ = 0;
    uint32_t depth_ = 0;
};

Result<std::string> Template::run(const Value& dot, const Functions& functions, const Limits& limits) const {
    return Runner(*this, functions, limits).run(dot);
}

}  // namespace belfry::templates
