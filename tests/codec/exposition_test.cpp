#include "codec/exposition.h"

#include <doctest/doctest.h>

using namespace belfry;
using codec::ExpositionFormat;
using codec::ExpositionLine;
using codec::ExpositionParser;

namespace {

std::string labels_of(std::string_view series) {
    std::vector<model::Label> labels;
    std::vector<std::string> arena;
    const Status status = codec::decode_exposition_labels(series, labels, arena);
    return status.ok() ? model::Labels::from(std::move(labels)).to_string() : status.error().message;
}

ExpositionLine one(std::string_view text, ExpositionFormat format = ExpositionFormat::text) {
    ExpositionParser parser(text, format);
    Result<std::optional<ExpositionLine>> line = parser.next();
    if (!line.ok()) FAIL(line.error().message);
    REQUIRE(line->has_value());
    return **line;
}

std::string error_of(std::string_view text) {
    ExpositionParser parser(text, ExpositionFormat::text);
    while (true) {
        Result<std::optional<ExpositionLine>> line = parser.next();
        if (!line.ok()) return line.error().message;
        if (!line->has_value()) return "";
    }
}

}  // namespace

TEST_CASE("samples with and without labels, timestamps and odd blanks are read") {
    ExpositionLine line = one("up 1\n");
    CHECK(line.series == "up");
    CHECK(line.value == 1);
    CHECK_FALSE(line.time_ms);
    line = one("  http_requests_total { method = \"post\" , code=\"200\", }\t1027   1395066363000\r\n");
    CHECK(labels_of(line.series) == R"(http_requests_total{code="200",method="post"})");
    CHECK(line.value == 1027);
    CHECK(line.time_ms == 1395066363000);
    CHECK(one("a{} +Inf").value == std::numeric_limits<double>::infinity());
    CHECK(std::isnan(one("a NaN").value));
    CHECK(one("a -1.5e-3 -5").time_ms == -5);
    CHECK(one("a:b:c 0x1p4").value == 16);
}

TEST_CASE("label values keep what is escaped, braces and hashes included") {
    CHECK(labels_of(one(R"(m{path="C:\\dir\"x\"",text="a\nb # } , ",odd="\d"} 1)").series) ==
          model::Labels({{"__name__", "m"}, {"path", "C:\\dir\"x\""}, {"text", "a\nb # } , "}, {"odd", "\\d"}})
              .to_string());
}

TEST_CASE("quoted UTF-8 names are read") {
    CHECK(labels_of(one(R"({"my.metric","härte.grad"="10",b="c"} 5)").series) ==
          model::Labels({{"__name__", "my.metric"}, {"härte.grad", "10"}, {"b", "c"}}).to_string());
    CHECK(one(R"(# TYPE "my.metric" counter)").name == "my.metric");
}

TEST_CASE("HELP, TYPE and UNIT give metadata, other comments nothing") {
    ExpositionParser parser("# HELP a One\\\\two\\nthree\n# a comment\n#\n# TYPE a histogram\n# UNIT a seconds\n",
                            ExpositionFormat::text);
    ExpositionLine line = **parser.next();
    CHECK(line.kind == ExpositionLine::Kind::help);
    CHECK(line.text == "One\\two\nthree");
    line = **parser.next();
    CHECK(line.kind == ExpositionLine::Kind::type);
    CHECK(line.type == model::MetricType::histogram);
    line = **parser.next();
    CHECK(line.text == "seconds");
    CHECK_FALSE((*parser.next()).has_value());
    CHECK(one("# TYPE a untyped").type == model::MetricType::unknown);
    CHECK(one("# HELP a").text == "");
}

TEST_CASE("OpenMetrics has seconds, exemplars and an end") {
    ExpositionParser parser("a_total 5 1520879607.789 # {trace_id=\"x\"} 1 1520879607.7\n# EOF\nafter 1\n",
                            ExpositionFormat::open_metrics);
    ExpositionLine line = **parser.next();
    CHECK(line.time_ms == 1520879607789);
    CHECK(line.has_exemplar);
    CHECK((**parser.next()).kind == ExpositionLine::Kind::eof);
    CHECK_FALSE((*parser.next()).has_value());
    CHECK(codec::exposition_format("application/openmetrics-text; version=1.0.0", "") ==
          ExpositionFormat::open_metrics);
    CHECK(codec::exposition_format("text/plain", "a 1\n# EOF\n") == ExpositionFormat::open_metrics);
    CHECK(codec::exposition_format("text/plain", "a 1\nb{x=\"# EOF\"} 1\n") == ExpositionFormat::text);
}

TEST_CASE("a bad line is refused with its number and the next one is read") {
    ExpositionParser parser("good 1\nbad line here\ngood 2\n", ExpositionFormat::text);
    CHECK((*parser.next())->value == 1);
    const auto refused = parser.next();
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().message.starts_with("line 2: "));
    CHECK((*parser.next())->value == 2);
}

TEST_CASE("malformed lines say what was expected") {
    CHECK(error_of("1abc 5").find("metric name") != std::string::npos);
    CHECK(error_of("a").find("value is missing") != std::string::npos);
    CHECK(error_of("a{b=\"c\" 1").find("comma or }") != std::string::npos);
    CHECK(error_of("a{b=\"c 1").find("not closed") != std::string::npos);
    CHECK(error_of("a{b=c} 1").find("quoted value") != std::string::npos);
    CHECK(error_of("a{=\"c\"} 1").find("label name") != std::string::npos);
    CHECK(error_of("a{\"\"=\"c\"} 1").find("empty label name") != std::string::npos);
    CHECK(error_of("{b=\"c\"} 1").find("without a metric name") != std::string::npos);
    CHECK(error_of("a{\"b\"} 1").find("second metric name") != std::string::npos);
    CHECK(error_of("a one").find("not a number") != std::string::npos);
    CHECK(error_of("a 1 1.5").find("timestamp") != std::string::npos);
    CHECK(error_of("a 1 2 3").find("something follows") != std::string::npos);
    CHECK(error_of("# TYPE a thing").find("metric type") != std::string::npos);
}

TEST_CASE("an exemplar gives its labels, its value and its time") {
    ExpositionParser parser(
        "a_total 5 1.5 # {trace_id=\"x\\\"y\",span=\"\"} 0.5 2.25\nb_total 1 # {} 3\nc_total 1 # {x} 3\n# EOF\n",
        ExpositionFormat::open_metrics);
    const auto first = parser.next();
    REQUIRE(first.ok());
    CHECK((*first)->exemplar_value == 0.5);
    CHECK((*first)->exemplar_time_ms == 2250);
    std::vector<model::Label> labels;
    std::vector<std::string> arena;
    REQUIRE(codec::decode_exemplar_labels((*first)->exemplar_labels, labels, arena).ok());
    REQUIRE(labels.size() == 2);
    CHECK(labels[0].value == "x\"y");
    const auto second = parser.next();
    CHECK((*second)->has_exemplar);
    CHECK_FALSE((*second)->exemplar_time_ms);
    CHECK_FALSE(parser.next().ok());
}

TEST_CASE("an expected series is read like any other") {
    for (const char* line : {"a 1", "a {x=\"1\"} 1", "a{x=\"1\"} 1", "ab 1", "a{x=\"1\"}1", "a"}) {
        CAPTURE(line);
        ExpositionParser plain(line, ExpositionFormat::text);
        const auto expected = plain.next();
        for (const char* guess : {"a", "a{x=\"1\"}", "", "zzz"}) {
            ExpositionParser parser(line, ExpositionFormat::text);
            parser.expect(guess);
            const auto read = parser.next();
            REQUIRE(read.ok() == expected.ok());
            if (read.ok()) CHECK((*read)->series == (*expected)->series);
        }
    }
}
