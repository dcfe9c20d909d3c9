#pragma once

#include "templates/lexer.h"
#include "templates/template.h"

namespace belfry::templates {

/// Tokens to a Template, by recursive descent. One use.
class Parser {
  public:
    Parser(std::vector<Token> tokens, const Functions& known, const Limits& limits)
        : tokens_(std::move(tokens)), known_(known), limits_(limits) {}
    [[nodiscard]] Result<Template> run();

  private:
    // Reads nodes up to {{end}}, {{else or the end of the text; `stopped_by` says which word ended it ("" at the end).
    Result<std::vector<Node>> nodes(std::string& stopped_by);
    Result<bool> action(std::vector<Node>& out, std::string& stopped_by);
    Status branch(Node& node, std::string_view word);
    Status definition(bool block, std::vector<Node>& out);
    Result<Pipeline> pipeline(TokenKind until, bool in_range);
    Result<Command> command();
    Result<Operand> operand();
    Result<Operand> number_operand(const Token& token);
    Status close();
    Status need_variable(const std::string& name) const;
    [[nodiscard]] Error unexpected(const Token& token, std::string_view where) const;
    const Token& peek(size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
    const Token& take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }

    std::vector<Token> tokens_;
    const Functions& known_;
    const Limits& limits_;
    size_t at_ = 0;
    uint32_t depth_ = 0;
    uint32_t loops_ = 0;
    std::vector<std::string> variables_{"$"};
    Template template_;
};

}  // namespace belfry::templates
