#pragma once

#include "base/result.h"
#include "model/matcher.h"
#include "query/promql/functions.h"
#include "query/promql/value_type.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace belfry::promql {

/// Bytes [from, to) of the query text.
struct Span {
    uint32_t from = 0;
    uint32_t to = 0;
    friend bool operator==(const Span&, const Span&) = default;
};

/// What of a query a duration expression may ask for.
struct DurationContext {
    int64_t step_ms = 0;   // step(): 0 for instant queries
    int64_t range_ms = 0;  // range(): end - start
};

/// Arithmetic where a duration stands: `[5m*2]`, `offset (step()/10)`. Plain durations and numbers are folded into the
/// milliseconds of their owner and have no node. Values are seconds.
struct DurationExpr {
    enum class Op { literal, step, range, min_of, max_of, plus, minus, add, sub, mul, div, mod, pow };
    Op op = Op::literal;
    double seconds = 0;                // literal
    bool written_as_duration = false;  // literal: "5m" and not "300"
    bool parenthesised = false;
    uint32_t height = 1;
    std::unique_ptr<DurationExpr> lhs;  // binary operators, min_of, max_of
    std::unique_ptr<DurationExpr> rhs;  // these, and the operand of unary plus and minus
    Span at;

    /// Errors have no position: the caller adds it.
    [[nodiscard]] Result<double> evaluate(const DurationContext& context) const;
};
using DurationPtr = std::unique_ptr<DurationExpr>;

enum class ExprKind {
    number,
    string,
    vector_selector,
    matrix_selector,
    subquery,
    call,
    aggregate,
    binary,
    unary,
    paren,
    step_invariant
};

/// A node of a parsed query. The parser fills everything; `resolve_durations` turns duration expressions into
/// milliseconds for one evaluation. `type` is what it evaluates to.
struct Expr {
    const ExprKind kind;
    ValueType type;
    Span at;
    uint32_t height = 1;  // of the tree from here down; the parser bounds it

    virtual ~Expr() = default;

  protected:
    Expr(ExprKind kind_of, ValueType type_of) : kind(kind_of), type(type_of) {}
};
using ExprPtr = std::unique_ptr<Expr>;

struct NumberLiteral : Expr {
    static constexpr ExprKind KIND = ExprKind::number;
    double value = 0;
    bool written_as_duration = false;  // "5m": printed as a duration
    NumberLiteral() : Expr(KIND, ValueType::scalar) {}
};

struct StringLiteral : Expr {
    static constexpr ExprKind KIND = ExprKind::string;
    std::string value;
    StringLiteral() : Expr(KIND, ValueType::string) {}
};

/// `@ 1609746000`, `@ start()`, `@ end()`.
struct AtModifier {
    enum class Kind { none, timestamp, start, end };
    Kind kind = Kind::none;
    int64_t time_ms = 0;  // timestamp
    friend bool operator==(const AtModifier&, const AtModifier&) = default;
};

/// `offset ...` as written: positive looks back.
struct Offset {
    int64_t ms = 0;
    DurationPtr expr;  // when it is more than a literal; `resolve_durations` then sets ms
};

/// 3.x range modifiers: how the edges of a window are found.
enum class RangeEdges { plain, anchored, smoothed };

struct VectorSelector : Expr {
    static constexpr ExprKind KIND = ExprKind::vector_selector;
    std::string name;          // as written before the braces; "" when none (or inside them)
    model::Matchers matchers;  // all of them, the one of `name` (__name__="name") last
    Offset offset;
    AtModifier at_time;
    RangeEdges edges = RangeEdges::plain;
    bool may_match_empty = false;  // info()'s second argument: `{}`-like selectors are fine there
    VectorSelector() : Expr(KIND, ValueType::vector) {}
};

/// `selector[5m]`. Offset, @ and edges are those of `selector`.
struct MatrixSelector : Expr {
    static constexpr ExprKind KIND = ExprKind::matrix_selector;
    std::unique_ptr<VectorSelector> selector;
    int64_t range_ms = 0;
    DurationPtr range_expr;
    MatrixSelector() : Expr(KIND, ValueType::matrix) {}
};

/// `expr[1h:5m]`.
struct Subquery : Expr {
    static constexpr ExprKind KIND = ExprKind::subquery;
    ExprPtr expr;
    int64_t range_ms = 0;
    DurationPtr range_expr;
    int64_t step_ms = 0;  // 0: not given, the engine's default
    DurationPtr step_expr;
    Offset offset;
    AtModifier at_time;
    Subquery() : Expr(KIND, ValueType::matrix) {}
};

struct Call : Expr {
    static constexpr ExprKind KIND = ExprKind::call;
    const Function* function = nullptr;  // in the table of functions.h
    std::vector<ExprPtr> args;
    Call() : Expr(KIND, ValueType::vector) {}
};

enum class AggregateOp {
    avg,
    bottomk,
    count,
    count_values,
    group,
    limit_ratio,
    limitk,
    max,
    min,
    quantile,
    stddev,
    stdvar,
    sum,
    topk
};

struct Aggregate : Expr {
    static constexpr ExprKind KIND = ExprKind::aggregate;
    AggregateOp op = AggregateOp::sum;
    ExprPtr expr;
    ExprPtr param;  // null for operators without
    bool without = false;
    std::vector<std::string> grouping;
    Aggregate() : Expr(KIND, ValueType::vector) {}
};

/// trim_upper `</` and trim_lower `>/` cut native histograms.
enum class BinaryOp {
    add,
    sub,
    mul,
    div,
    mod,
    pow,
    atan2,
    eq,
    ne,
    gt,
    ge,
    lt,
    le,
    and_,
    or_,
    unless,
    trim_upper,
    trim_lower
};
[[nodiscard]] constexpr bool is_comparison(BinaryOp op) {
    return op >= BinaryOp::eq && op <= BinaryOp::le;
}
[[nodiscard]] constexpr bool is_set_operator(BinaryOp op) {
    return op >= BinaryOp::and_ && op <= BinaryOp::unless;
}

enum class Cardinality { one_to_one, many_to_one, one_to_many, many_to_many };

/// How two vectors find each other. many_to_one is group_left, many_to_many the set operators.
struct VectorMatching {
    Cardinality cardinality = Cardinality::one_to_one;
    bool on = false;  // else `labels` are ignored
    std::vector<std::string> labels;
    std::vector<std::string> include;  // of group_left / group_right
    std::optional<double> fill_left;   // value of a missing left side
    std::optional<double> fill_right;
};

struct Binary : Expr {
    static constexpr ExprKind KIND = ExprKind::binary;
    BinaryOp op = BinaryOp::add;
    ExprPtr lhs;
    ExprPtr rhs;
    bool return_bool = false;
    std::optional<VectorMatching> matching;  // set exactly when both sides are vectors
    Binary() : Expr(KIND, ValueType::scalar) {}
};

struct Unary : Expr {
    static constexpr ExprKind KIND = ExprKind::unary;
    bool negative = false;  // else unary plus
    ExprPtr expr;
    Unary() : Expr(KIND, ValueType::scalar) {}
};

struct Paren : Expr {
    static constexpr ExprKind KIND = ExprKind::paren;
    ExprPtr expr;
    Paren() : Expr(KIND, ValueType::scalar) {}
};

/// Same value at every step (everything below has @ or is constant). The parser does not make it; the engine wraps.
struct StepInvariant : Expr {
    static constexpr ExprKind KIND = ExprKind::step_invariant;
    ExprPtr expr;
    StepInvariant() : Expr(KIND, ValueType::scalar) {}
};

/// The node as its own type; the kind must be right.
template <typename T>
[[nodiscard]] T& as(Expr& expr) {
    INVARIANT(expr.kind == T::KIND, "a node is read as what it is");
    return static_cast<T&>(expr);
}
template <typename T>
[[nodiscard]] const T& as(const Expr& expr) {
    INVARIANT(expr.kind == T::KIND, "a node is read as what it is");
    return static_cast<const T&>(expr);
}
/// The node as T, or null when it is another kind.
template <typename T>
[[nodiscard]] const T* try_as(const Expr& expr) {
    return expr.kind == T::KIND ? static_cast<const T*>(&expr) : nullptr;
}
template <typename T>
[[nodiscard]] T* try_as(Expr& expr) {
    return expr.kind == T::KIND ? static_cast<T*>(&expr) : nullptr;
}

/// The expression below any parentheses and step-invariant marks.
[[nodiscard]] const Expr& unwrap(const Expr& expr);

/// The direct sub-expressions (a matrix selector's vector selector included), left to right.
[[nodiscard]] std::vector<const Expr*> children(const Expr& expr);
[[nodiscard]] std::vector<Expr*> children(Expr& expr);

/// A deep copy.
[[nodiscard]] ExprPtr clone(const Expr& expr);
[[nodiscard]] DurationPtr clone(const DurationExpr* expr);

/// Sets range_ms, step_ms and offset.ms of every node that has an expression for it. Errors name `line:col` by `text`.
[[nodiscard]] Status resolve_durations(Expr& expr, const DurationContext& context, std::string_view text);

[[nodiscard]] std::string_view to_string(AggregateOp op);
[[nodiscard]] std::string_view to_string(BinaryOp op);
[[nodiscard]] std::string_view to_string(Cardinality cardinality);

/// `line:col` of a byte of the text, both from 1 (as messages and annotations show it).
[[nodiscard]] std::string line_and_column(std::string_view text, uint32_t byte);

}  // namespace belfry::promql
