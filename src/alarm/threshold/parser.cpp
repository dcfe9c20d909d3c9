#include "alarm/threshold/parser.h"

#include "alarm/threshold/check.h"
#include "alarm/threshold/lexer.h"
#include "base/number.h"

#include <algorithm>
#include <cmath>

namespace belfry::alarm {
namespace {

constexpr int DEPTH_MAX = 64;  // parentheses in parentheses: the parser's own stack

class Parser {
  public:
    Parser(std::string_view text, const ExpressionLimits& limits) : lexer_(text), limits_(limits) {
        out_.text = std::string(text);
    }

    Result<AlarmExpression> run() {
        TRY(lexer_.check_characters());
        TRY(either(0));
        if (!lexer_.at_end()) return lexer_.expected("`and`, `or` or the end");
        return std::move(out_);
    }

  private:
    using Kind = AlarmExpression::Step::Kind;

    Status either(int depth) {
        TRY(both(depth));
        while (lexer_.take("or") || lexer_.take("||")) {
            TRY(both(depth));
            out_.steps.push_back({Kind::either, 0});
        }
        return {};
    }

    Status both(int depth) {
        TRY(atom(depth));
        while (lexer_.take("and") || lexer_.take("&&")) {
            TRY(atom(depth));
            out_.steps.push_back({Kind::both, 0});
        }
        return {};
    }

    Status atom(int depth) {
        const size_t begin = (lexer_.skip_space(), lexer_.at());
        if (lexer_.take("(")) {
            if (depth == DEPTH_MAX)
                return expression_error(begin, fmt::format("more than {} parentheses are open", DEPTH_MAX));
            TRY(either(depth + 1));
            if (!lexer_.take(")")) return lexer_.expected("`and`, `or` or `)`");
            return {};
        }
        if (out_.subs.size() >= limits_.subs_max)
            return make_error(Code::exhausted,
                              "at byte {}: an expression can have {} comparisons (alarms.expression_subs_max)", begin,
                              limits_.subs_max);
        SubExpression sub = TRY(comparison());
        out_.steps.push_back({Kind::sub, static_cast<uint32_t>(out_.subs.size())});
        out_.subs.push_back(std::move(sub));
        return {};
    }

    Result<SubExpression> comparison() {
        SubExpression sub;
        const size_t begin = (lexer_.skip_space(), lexer_.at());
        const std::string_view name = lexer_.name();
        if (name.empty()) return lexer_.expected("a function or the name of a metric");
        const bool called = lexer_.next_is("(");
        if (called) {
            const auto function = parse_function(name);
            if (!function)
                return expression_error(
                    begin, fmt::format("there is no function {}, only max, min, avg, count, sum and last", name));
            sub.function = *function;
            (void)lexer_.take("(");
            TRY(arguments(sub));
        } else {
            lexer_.back_to(begin);
            TRY(metric(sub));
        }
        sub.op = TRY(op());
        if (!called)
            sub.function = sub.op == Comparison::gt || sub.op == Comparison::gte ? Function::max : Function::min;
        TRY(threshold(sub));
        if (lexer_.take("times")) TRY(times(sub));
        return sub;
    }

    Status arguments(SubExpression& sub) {
        TRY(metric(sub));
        if (lexer_.take(")")) return {};
        if (!lexer_.take(",")) return lexer_.expected("`,` or `)`");
        if (lexer_.take("deterministic")) {
            sub.deterministic = true;
            if (lexer_.take(")")) return {};
            if (!lexer_.take(",")) return lexer_.expected("`,` or `)`");
        }
        TRY(period(sub));
        if (!lexer_.take(")")) return lexer_.expected("`)`");
        return {};
    }

    Status metric(SubExpression& sub) {
        const size_t begin = (lexer_.skip_space(), lexer_.at());
        const std::string_view name = lexer_.name();
        if (name.empty()) return lexer_.expected("the name of a metric");
        TRY(check_length(name, begin, "the name of a metric"));
        sub.metric = std::string(name);
        if (!lexer_.take("{") || lexer_.take("}")) return {};
        do {
            const size_t key_at = (lexer_.skip_space(), lexer_.at());
            const std::string_view key = lexer_.dimension_text();
            if (key.empty()) return lexer_.expected("the name of a dimension");
            TRY(check_length(key, key_at, "the name of a dimension"));
            if (!lexer_.take("=")) return lexer_.expected("`=`");
            const size_t value_at = (lexer_.skip_space(), lexer_.at());
            const std::string_view value = lexer_.dimension_text();
            if (value.empty()) return lexer_.expected("the value of a dimension");
            TRY(check_length(value, value_at, "the value of a dimension"));
            TRY(add_dimension(sub, key, value, key_at));
        } while (lexer_.take(","));
        if (!lexer_.take("}")) return lexer_.expected("`,` or `}`");
        return {};
    }

    Result<Comparison> op() {
        // the longer ones first
        if (lexer_.take("<=") || lexer_.take("lte")) return Comparison::lte;
        if (lexer_.take("<") || lexer_.take("lt")) return Comparison::lt;
        if (lexer_.take(">=") || lexer_.take("gte")) return Comparison::gte;
        if (lexer_.take(">") || lexer_.take("gt")) return Comparison::gt;
        return lexer_.expected("<, <=, >, >=, lt, lte, gt or gte");
    }

    Status threshold(SubExpression& sub) {
        const size_t begin = (lexer_.skip_space(), lexer_.at());
        const auto text = lexer_.decimal();
        if (!text) return lexer_.expected("a number");
        const auto value = parse_double(*text);
        if (!value || !std::isfinite(*value)) return expression_error(begin, "this number is too large");
        sub.threshold = *value;
        return {};
    }

    Status period(SubExpression& sub) {
        const size_t begin = (lexer_.skip_space(), lexer_.at());
        const auto text = lexer_.digits();
        if (!text)
            return lexer_.expected(sub.deterministic ? "a period in seconds"
                                                     : "`deterministic` or a period in seconds");
        const auto seconds = parse_int(*text);
        if (!seconds || *seconds > limits_.period_ms_max / 1'000)
            return make_error(Code::exhausted, "at byte {}: a period can be {} s (alarms.expression_period_max)", begin,
                              limits_.period_ms_max / 1'000);
        if (*seconds == 0 || *seconds % 60 != 0)
            return expression_error(begin, "a period is a multiple of 60 seconds and not 0");
        sub.period_s = *seconds;
        return {};
    }

    Status times(SubExpression& sub) {
        const size_t begin = (lexer_.skip_space(), lexer_.at());
        const auto text = lexer_.digits();
        if (!text) return lexer_.expected("how many times");
        const auto count = parse_int(*text);
        if (!count || static_cast<uint64_t>(*count) > limits_.times_max)
            return make_error(Code::exhausted, "at byte {}: `times` can be {} (alarms.expression_times_max)", begin,
                              limits_.times_max);
        if (*count == 0) return expression_error(begin, "`times` is at least 1");
        sub.times = *count;
        return {};
    }

    Lexer lexer_;
    const ExpressionLimits& limits_;
    AlarmExpression out_;
};

}  // namespace

Result<AlarmExpression> parse_alarm_expression(std::string_view text, const ExpressionLimits& limits) {
    if (text.size() > limits.bytes_max)
        return make_error(Code::exhausted, "at byte {}: an expression can have {} bytes (alarms.expression_bytes_max)",
                          limits.bytes_max, limits.bytes_max);
    return Parser(text, limits).run();
}

size_t error_at(const Error& error) {
    constexpr std::string_view MARK = "at byte ";
    const size_t begin = error.message.find(MARK);
    if (begin == std::string::npos) return 0;
    const std::string_view rest = std::string_view(error.message).substr(begin + MARK.size());
    return static_cast<size_t>(parse_uint(rest.substr(0, rest.find(':'))).value_or(0));
}

}  // namespace belfry::alarm
