#include "query/promql/parser.h"

#include "query/promql/function_docs.h"
#include "query/promql/print.h"

#include <doctest/doctest.h>

#include <fstream>

namespace belfry::promql {
namespace {

std::vector<std::string> lines_of(const std::string& path) {
    std::ifstream in(path);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);)
        lines.push_back(line);
    return lines;
}

std::string printed(std::string_view text) {
    auto expr = parse(text);
    return expr ? print(**expr) : expr.error().message;
}

TEST_CASE("the golden queries mean what they say, and their text reads back as itself") {
    const auto lines = lines_of("tests/golden/promql/parse.test");
    REQUIRE(lines.size() > 100);
    for (size_t i = 0; i + 1 < lines.size(); ++i) {
        const bool good = lines[i].starts_with("parse ");
        if (!good && !lines[i].starts_with("fail ")) continue;
        const std::string query = lines[i].substr(good ? 6 : 5);
        CAPTURE(query);
        REQUIRE(lines[i + 1].starts_with("  -> "));
        const std::string wanted = lines[i + 1].substr(5);
        auto expr = parse(query);
        CHECK(expr.ok() == good);
        CHECK(printed(query) == wanted);
        if (!expr) continue;
        CHECK(printed(wanted) == wanted);
        CHECK(print(*clone(**expr)) == wanted);
        CHECK(printed(print_pretty(**expr)) == wanted);
    }
}

TEST_CASE("nodes know their bytes") {
    const std::string text = "sum by (x) (rate(foo{a=\"b\"}[5m] offset 1m)) / -2 ^ bar";
    auto parsed = parse(text);
    REQUIRE(parsed);
    const auto at = [&](const Expr& e) { return text.substr(e.at.from, e.at.to - e.at.from); };
    const auto& root = as<Binary>(**parsed);
    CHECK(at(root) == text);
    const auto& sum = as<Aggregate>(*root.lhs);
    CHECK(at(sum) == "sum by (x) (rate(foo{a=\"b\"}[5m] offset 1m))");
    const auto& rate = as<Call>(*sum.expr);
    CHECK(at(rate) == "rate(foo{a=\"b\"}[5m] offset 1m)");
    const auto& matrix = as<MatrixSelector>(*rate.args[0]);
    CHECK(at(matrix) == "foo{a=\"b\"}[5m] offset 1m");
    CHECK(at(*matrix.selector) == "foo{a=\"b\"}");
    CHECK(matrix.range_ms == 300'000);
    CHECK(matrix.selector->offset.ms == 60'000);
    CHECK(at(*root.rhs) == "-2 ^ bar");
    CHECK(as<Unary>(*root.rhs).expr->kind == ExprKind::binary);
}

TEST_CASE("messages count lines and columns") {
    CHECK(printed("sum(\n  foo +\n  )") == "3:3: parse error: unexpected \")\"");
    CHECK(printed("") == "unknown position: parse error: no expression found in input");
}

TEST_CASE("nesting beyond the limit is an error and not a crash") {
    const auto refused = [](const std::string& text) {
        auto expr = parse(text);
        return !expr && expr.error().message.find("nested deeper") != std::string::npos;
    };
    const size_t deep = 100'000 / 2;
    std::string chain = "a";
    for (size_t i = 0; i < 20'000; ++i)
        chain += "+a";
    CHECK(refused(chain));
    CHECK(refused(std::string(deep, '(')));
    CHECK(refused(std::string(deep, '-') + "a"));
    std::string powers = "a";
    for (size_t i = 0; i < 20'000; ++i)
        powers += "^a";
    CHECK(refused(powers));
    CHECK(refused("foo[" + std::string(deep, '(')));
    std::string ranges = "foo";
    for (size_t i = 0; i < 10'000; ++i)
        ranges += "[1m:]";
    CHECK(refused(ranges));
    std::string fine = "a";
    for (int i = 0; i < 900; ++i)
        fine += " or a";
    CHECK(parse(fine).ok());
}

TEST_CASE("a query that is too long is refused by its size") {
    CHECK(printed(std::string(300'000, ' ')).find("300000 bytes long") != std::string::npos);
    std::string many = "{a=\"1\"";
    for (int i = 0; i < 40'000; ++i)
        many += ",a=''";
    CHECK(printed(many + "}").find("more than 100000 tokens") != std::string::npos);
}

TEST_CASE("experimental parts can be switched off") {
    const ParseOptions off{.experimental = false};
    for (const char* text :
         {"mad_over_time(a[5m])", "limitk(1, a)", "rate(a[5m] smoothed)", "a[5m*2]", "a + fill(0) b"}) {
        CAPTURE(text);
        CHECK(parse(text).ok());
        CHECK_FALSE(parse(text, off).ok());
    }
}

TEST_CASE("duration expressions are resolved for one evaluation") {
    const std::string text = "sum_over_time(a[step()+1s:range()/10] offset (-2*step()))";
    auto expr = parse(text);
    REQUIRE(expr);
    REQUIRE(resolve_durations(**expr, {.step_ms = 10'000, .range_ms = 50'000}, text).ok());
    const auto& subquery = as<Subquery>(*as<Call>(**expr).args[0]);
    CHECK(subquery.range_ms == 11'000);
    CHECK(subquery.step_ms == 5'000);
    CHECK(subquery.offset.ms == -20'000);
    const Status instant = resolve_durations(**expr, {.step_ms = 0, .range_ms = 0}, text);
    REQUIRE_FALSE(instant.ok());
    CHECK(instant.error().message == "1:27: parse error: duration must be greater than 0");
}

TEST_CASE("a selector alone takes no modifiers") {
    auto matchers = parse_selector("foo{a=\"b\"}");
    REQUIRE(matchers);
    CHECK(matchers->size() == 2);
    CHECK(parse_selector("{}").ok());
    CHECK(matches_all(*parse_selector("{}")));
    CHECK(matches_all(*parse_selector("{a=~\".*\"}")));
    CHECK_FALSE(matches_all(*matchers));
    CHECK_FALSE(parse_selector("foo offset 5m").ok());
    CHECK_FALSE(parse_selector("foo + bar").ok());
}

TEST_CASE("long expressions are broken into indented lines") {
    auto expr = parse(
        "sum by (aaaaaaaaaaaaaaaaaaaaaaaa) (rate(bbbbbbbbbbbbbbbbbbbbbbbbbbbb[5m])) / on (cccccccccccccccc) "
        "ddddddddddddddddddddd");
    REQUIRE(expr);
    CHECK(print_pretty(**expr) ==
          "  sum by (aaaaaaaaaaaaaaaaaaaaaaaa) (rate(bbbbbbbbbbbbbbbbbbbbbbbbbbbb[5m]))\n"
          "/ on (cccccccccccccccc)\n"
          "  ddddddddddddddddddddd");
}

TEST_CASE("completion knows every function and aggregation with its signature") {
    const auto docs = function_docs();
    CHECK(docs.size() == 104);
    std::map<std::string_view, std::string> signatures;
    for (const auto& doc : docs) signatures[doc.name] = doc.signature;
    CHECK(signatures["rate"] == "rate(range vector) -> instant vector");
    CHECK(signatures["round"] == "round(instant vector, scalar?) -> instant vector");
    CHECK(signatures["label_join"] == "label_join(instant vector, string, string, string...) -> instant vector");
    CHECK(signatures["topk"] == "topk(scalar, instant vector) -> instant vector");
}

TEST_CASE("every function has a sentence of help and its own row") {
    CHECK(functions().size() == 90);
    for (const auto& f : functions()) {
        CAPTURE(f.name);
        CHECK(find_function(f.name) == &f);
        CHECK(&function(f.id) == &f);
        CHECK(f.help.ends_with("."));
    }
    CHECK(find_function("Rate") == nullptr);
}

}  // namespace
}  // namespace belfry::promql
