#include "templates/parser.h"

#include "base/number.h"

namespace belfry::templates {
namespace {

struct Deeper {
    explicit Deeper(uint32_t& depth_of) : depth(depth_of) { ++depth; }
    ~Deeper() { --depth; }
    uint32_t& depth;
};

}  // namespace

Error Parser::unexpected(const Token& token, std::string_view where) const {
    if (token.kind == TokenKind::end)
        return make_error(Code::invalid, "line {}: the template ends inside {}", token.line, where);
    if (token.kind == TokenKind::close)
        return make_error(Code::invalid, "line {}: the action ends inside {}", token.line, where);
    return make_error(Code::invalid, "line {}: unexpected \"{}\" in {}", token.line, token.text, where);
}

Status Parser::close() {
    const Token& token = take();
    if (token.kind != TokenKind::close) return unexpected(token, "an action that should end here");
    return {};
}

Status Parser::need_variable(const std::string& name) const {
    if (std::find(variables_.rbegin(), variables_.rend(), name) != variables_.rend()) return {};
    return make_error(Code::invalid, "line {}: variable {} is not defined", peek().line, name);
}

Result<std::vector<Node>> Parser::nodes(std::string& stopped_by) {
    const Deeper deeper(depth_);
    if (depth_ > limits_.depth_max)
        return make_error(Code::invalid, "line {}: nested deeper than {}", peek().line, limits_.depth_max);
    std::vector<Node> out;
    for (;;) {
        const Token& token = take();
        if (token.kind == TokenKind::end) {
            stopped_by.clear();
            return out;
        }
        if (token.kind == TokenKind::text) {
            out.push_back({.kind = Node::Kind::text,
                           .text = token.text,
                           .pipeline = {},
                           .body = {},
                           .otherwise = {},
                           .line = token.line});
            continue;
        }
        if (TRY(action(out, stopped_by))) return out;
    }
}

// Behind {{. True when it was {{end}} or {{else.
Result<bool> Parser::action(std::vector<Node>& out, std::string& stopped_by) {
    const Token& first = peek();
    Node node{.kind = Node::Kind::action, .text = {}, .pipeline = {}, .body = {}, .otherwise = {}, .line = first.line};
    const std::string word = first.kind == TokenKind::word ? first.text : "";
    if (word == "end" || word == "else") {
        take();
        stopped_by = word;
        if (word == "end") TRY(close());
        return true;
    }
    if (word == "if" || word == "with" || word == "range") {
        take();
        TRY(branch(node, word));
    } else if (word == "define" || word == "block") {
        take();
        TRY(definition(word == "block", out));
        return false;
    } else if (word == "template") {
        take();
        const Token& name = take();
        if (name.kind != TokenKind::string) return unexpected(name, "the name of a template, which stands in quotes");
        node.kind = Node::Kind::call;
        node.text = name.text;
        if (peek().kind != TokenKind::close) {
            node.pipeline = TRY(pipeline(TokenKind::close, false));
            node.has_pipeline = true;
        }
        TRY(close());
    } else if (word == "break" || word == "continue") {
        take();
        if (loops_ == 0) return make_error(Code::invalid, "line {}: {{{{{}}}}} outside of a range", first.line, word);
        node.kind = word == "break" ? Node::Kind::stop : Node::Kind::next;
        TRY(close());
    } else {
        node.pipeline = TRY(pipeline(TokenKind::close, false));
        TRY(close());
    }
    out.push_back(std::move(node));
    return false;
}

Status Parser::branch(Node& node, std::string_view word) {
    const size_t variables = variables_.size();
    const bool range = word == "range";
    node.kind = range ? Node::Kind::range : word == "with" ? Node::Kind::with : Node::Kind::condition;
    node.pipeline = TRY(pipeline(TokenKind::close, range));
    TRY(close());
    loops_ += range ? 1 : 0;
    std::string stopped_by;
    const uint32_t line = node.line;
    Result<std::vector<Node>> body = nodes(stopped_by);
    loops_ -= range ? 1 : 0;
    node.body = TRY(std::move(body));
    const auto missing_end = [&] {
        return make_error(Code::invalid, "line {}: {{{{{}}}}} without {{{{end}}}}", line, word);
    };
    if (stopped_by.empty()) return missing_end();
    if (stopped_by == "else") {
        const Token& next = peek();
        if (next.kind == TokenKind::word && !range && next.text == word) {  // {{else if}}: shares the {{end}}
            take();
            Node inner{.kind = Node::Kind::condition,
                       .text = {},
                       .pipeline = {},
                       .body = {},
                       .otherwise = {},
                       .line = next.line};
            const Deeper deeper(depth_);
            if (depth_ > limits_.depth_max)
                return make_error(Code::invalid, "line {}: nested deeper than {}", next.line, limits_.depth_max);
            TRY(branch(inner, word));
            node.otherwise.push_back(std::move(inner));
        } else {
            TRY(close());
            node.otherwise = TRY(nodes(stopped_by));
            if (stopped_by.empty()) return missing_end();
            if (stopped_by == "else") return make_error(Code::invalid, "line {}: a second {{{{else}}}}", peek().line);
        }
    }
    variables_.resize(variables);
    return {};
}

Status Parser::definition(bool block, std::vector<Node>& out) {
    const Token& name = take();
    if (name.kind != TokenKind::string) return unexpected(name, "the name of a template, which stands in quotes");
    Node call{
        .kind = Node::Kind::call, .text = name.text, .pipeline = {}, .body = {}, .otherwise = {}, .line = name.line};
    if (block) {
        call.pipeline = TRY(pipeline(TokenKind::close, false));
        call.has_pipeline = true;
    } else if (depth_ > 1) {
        return make_error(Code::invalid, "line {}: {{{{define}}}} inside of another action", name.line);
    }
    TRY(close());
    std::vector<std::string> outer = std::exchange(variables_, {"$"});
    const uint32_t loops = std::exchange(loops_, 0);
    std::string stopped_by;
    std::vector<Node> body = TRY(nodes(stopped_by));
    variables_ = std::move(outer);
    loops_ = loops;
    if (stopped_by != "end")
        return make_error(Code::invalid, "line {}: template \"{}\" without {{{{end}}}}", name.line, call.text);
    template_.defined_.insert_or_assign(call.text, std::move(body));
    if (block) out.push_back(std::move(call));
    return {};
}

Result<Pipeline> Parser::pipeline(TokenKind until, bool in_range) {
    const Deeper deeper(depth_);
    if (depth_ > limits_.depth_max)
        return make_error(Code::invalid, "line {}: nested deeper than {}", peek().line, limits_.depth_max);
    Pipeline out;
    out.line = peek().line;
    std::vector<std::string> declared;
    if (peek().kind == TokenKind::variable) {
        const bool two = in_range && peek(1).kind == TokenKind::comma && peek(2).kind == TokenKind::variable;
        const TokenKind sign = peek(two ? 3 : 1).kind;
        if (sign == TokenKind::declare || sign == TokenKind::assign) {
            out.variables.push_back(take().text);
            if (two) {
                take();
                out.variables.push_back(take().text);
            }
            out.declares = take().kind == TokenKind::declare;
            for (const std::string& name : out.variables) {
                if (out.declares)
                    declared.push_back(name);
                else
                    TRY(need_variable(name));
            }
        }
    }
    for (;;) {
        out.commands.push_back(TRY(command()));
        if (peek().kind == TokenKind::pipe) {
            take();
            continue;
        }
        if (peek().kind == until) break;
        return unexpected(peek(), "a pipeline");
    }
    for (size_t i = 1; i < out.commands.size(); ++i) {
        const Operand& first = out.commands[i].operands[0];
        const bool plain = first.kind == Operand::Kind::constant || first.kind == Operand::Kind::nothing;
        if (plain) return make_error(Code::invalid, "line {}: behind | stands a function", out.line);
    }
    variables_.insert(variables_.end(), declared.begin(), declared.end());
    return out;
}

Result<Command> Parser::command() {
    Command out;
    out.line = peek().line;
    for (;;) {
        const TokenKind kind = peek().kind;
        if (kind == TokenKind::close || kind == TokenKind::right_paren || kind == TokenKind::pipe ||
            kind == TokenKind::end)
            break;
        if (!out.operands.empty() && !peek().space_before)
            return unexpected(peek(), "a command, where blanks part the operands");
        out.operands.push_back(TRY(operand()));
    }
    if (out.operands.empty()) return make_error(Code::invalid, "line {}: a command is empty", out.line);
    if (out.operands.size() > 1) {
        const Operand& first = out.operands[0];
        const bool callable = first.kind == Operand::Kind::function || !first.fields.empty();
        if (!callable) return make_error(Code::invalid, "line {}: arguments behind what is no function", out.line);
    }
    return out;
}

Result<Operand> Parser::number_operand(const Token& token) {
    std::string digits;
    for (const char c : token.text)
        if (c != '_') digits.push_back(c);
    Operand out;
    out.kind = Operand::Kind::constant;
    std::string_view rest = digits;
    const bool negative = rest[0] == '-';
    if (rest[0] == '-' || rest[0] == '+') rest.remove_prefix(1);
    int base = 10;
    if (rest.size() > 2 && rest[0] == '0') {
        const char c = rest[1];
        base = c == 'x' || c == 'X' ? 16 : c == 'b' || c == 'B' ? 2 : c == 'o' || c == 'O' ? 8 : 10;
        if (base != 10) rest.remove_prefix(2);
    }
    int64_t whole = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), whole, base);
    if (error == std::errc() && end == rest.data() + rest.size()) {
        out.constant = Value(negative ? -whole : whole);
        return out;
    }
    const bool word = digits.find_first_not_of("+-0123456789.eExXabcdfABCDFpP") != std::string::npos;
    const std::optional<double> value = word ? std::nullopt : parse_double(digits);
    if (!value) return make_error(Code::invalid, "line {}: \"{}\" is no number", token.line, token.text);
    out.constant = Value(*value);
    return out;
}

Result<Operand> Parser::operand() {
    const Token token = take();
    Operand out;
    switch (token.kind) {
        case TokenKind::dot: break;
        case TokenKind::field: out.fields.push_back(token.text); break;
        case TokenKind::variable:
            TRY(need_variable(token.text));
            out.kind = Operand::Kind::variable;
            out.name = token.text;
            break;
        case TokenKind::string:
            out.kind = Operand::Kind::constant;
            out.constant = Value(token.text);
            break;
        case TokenKind::character:
            out.kind = Operand::Kind::constant;
            out.constant = Value(parse_int(token.text).value_or(0));
            break;
        case TokenKind::number: out = TRY(number_operand(token)); break;
        case TokenKind::left_paren:
            out.kind = Operand::Kind::pipeline;
            out.pipeline = std::make_shared<const Pipeline>(TRY(pipeline(TokenKind::right_paren, false)));
            if (!out.pipeline->variables.empty())
                return make_error(Code::invalid, "line {}: a variable is declared in parentheses", token.line);
            take();
            break;
        case TokenKind::word:
            if (token.text == "true" || token.text == "false") {
                out.kind = Operand::Kind::constant;
                out.constant = Value(token.text == "true");
            } else if (token.text == "nil") {
                out.kind = Operand::Kind::nothing;
            } else {
                static constexpr std::string_view KEYWORDS[] = {"if",     "else",  "end",      "range", "with",
                                                                "define", "block", "template", "break", "continue"};
                if (std::find(std::begin(KEYWORDS), std::end(KEYWORDS), token.text) != std::end(KEYWORDS))
                    return unexpected(token, "a command");
                if (builtins().find(token.text) == builtins().end() && known_.find(token.text) == known_.end())
                    return make_error(Code::invalid, "line {}: function \"{}\" is not defined", token.line, token.text);
                out.kind = Operand::Kind::function;
                out.name = token.text;
            }
            break;
        default: return unexpected(token, "a command");
    }
    while (peek().kind == TokenKind::field && !peek().space_before) {
        if (out.kind == Operand::Kind::constant || out.kind == Operand::Kind::nothing)
            return unexpected(peek(), "a constant, which has no fields");
        out.fields.push_back(take().text);
    }
    return out;
}

Result<Template> Parser::run() {
    std::string stopped_by;
    template_.body_ = TRY(nodes(stopped_by));
    if (!stopped_by.empty())
        return make_error(Code::invalid, "line {}: unexpected {{{{{}}}}}", peek().line, stopped_by);
    return std::move(template_);
}

Result<Template> Template::parse(std::string_view source, const Functions& known, const Limits& limits) {
    if (source.size() > limits.source_bytes_max)
        return make_error(Code::invalid, "the template has {} bytes, more than {}", source.size(),
                          limits.source_bytes_max);
    return Parser(TRY(tokenize(source)), known, limits).run();
}

}  // namespace belfry::templates
