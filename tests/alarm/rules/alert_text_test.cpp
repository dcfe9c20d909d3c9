#include "alarm/rules/alert_text.h"

#include "alarm/rules/humanize.h"

#include <doctest/doctest.h>

namespace belfry::alarm {
namespace {

AlertTextContext context() {
    AlertTextContext out;
    out.query = [](std::string_view text) -> Result<promql::QueryResult> {
        if (text == "bad") return make_error(Code::invalid, "no such thing");
        promql::QueryResult result;
        if (text == "none") return result;
        for (const auto& [host, value] : {std::pair("b", 21.0), {"a", 11.0}}) {
            promql::ResultSeries series;
            series.labels = model::Labels{{"__name__", "metric"}, {"instance", host}, {"__value__", "text"}};
            series.samples.times_ms = {1};
            series.samples.values = {value};
            result.series.push_back(std::move(series));
        }
        return result;
    };
    out.external_labels = {{"cluster", "eu"}};
    out.external_url = "http://belfry:2353/base";
    out.now_ms = 1'500;
    return out;
}

std::string expand(std::string_view text, double value = 1234.5) {
    const Result<templates::Template> parsed = parse_alert_text(text);
    if (!parsed.ok()) return "parse: " + parsed.error().message;
    const model::Labels labels{{"instance", "host.example.com:9100"}, {"job", "node"}};
    return expand_alert_text(*parsed, alert_data(labels.view(), value, context()), alert_functions(context()));
}

}  // namespace

TEST_CASE("alert texts mean what they mean to Prometheus") {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"{{ $labels.instance }} of {{ $labels.job }} is {{ $value }}{{ $labels.none }}",
         "host.example.com:9100 of node is 1234.5"},
        {"{{ .Labels.job }} {{ .Value }} {{ $externalLabels.cluster }} {{ .ExternalLabels.cluster }}",
         "node 1234.5 eu eu"},
        {"{{ $externalURL }} {{ externalURL }} {{ pathPrefix }} {{ now }}",
         "http://belfry:2353/base http://belfry:2353/base /base 1.5"},
        {"{{ $value | humanize }} {{ humanize1024 1048576.0 }} {{ 0.123456 | humanizePercentage }}",
         "1.234k 1Mi 12.35%"},
        {"{{ 3661.0 | humanizeDuration }} {{ \"90\" | humanizeDuration }} {{ 1435065584.128 | humanizeTimestamp }}",
         "1h 1m 1s 1m 30s 2015-06-23 13:19:44.128 +0000 UTC"},
        {"{{ printf \"%.2f%%\" $value }} {{ $value | printf \"%.0f\" }}", "1234.50% 1234"},
        {"{{ query \"metric\" | first | value }} {{ query \"metric\" | first | label \"instance\" }}", "21 b"},
        {"{{ range query \"metric\" | sortByLabel \"instance\" }}{{ .Labels.instance }}:{{ .Value }} {{ end }}",
         "a:11 b:21 "},
        {"{{ with query \"none\" }}{{ . | first | value }}{{ else }}nothing{{ end }}", "nothing"},
        {"{{ query \"metric\" | first | strvalue }}", "text"},
        {"{{ range $i, $x := query \"metric\" }}{{ $i }}{{ $x | value }},{{ end }}", "021,111,"},
        {"{{ query \"none\" | first | value }}", "<error expanding template: line 1: first: the list is empty>"},
        {"{{ query \"bad\" | first | value }}", "<error expanding template: line 1: query: no such thing>"},
        {"{{ reReplaceAll \"(.*):.*\" \"$1\" $labels.instance }} {{ reReplaceAll \"a(x*)b\" \"${1}W\" \"-ab-axxb-\" }} "
         "{{ reReplaceAll \"a(x*)b\" \"$1W\" \"-ab-\" }}",
         "host.example.com -W-xxW- --"},
        {"{{ if match \"^host\" $labels.instance }}yes{{ end }} {{ match \"(\" \"x\" }}",
         "<error expanding template: line 1: match: regular expression \"(\": missing ): (>"},
        {"{{ toUpper \"ab\" }} {{ toLower \"AB\" }} {{ title \"aa bb CC\" }}", "AB ab Aa Bb CC"},
        {"{{ stripPort $labels.instance }} {{ stripDomain $labels.instance }} {{ stripDomain \"10.0.0.1:80\" }} {{ "
         "stripPort \"[::1]:9\" }}",
         "host.example.com host:9100 10.0.0.1:80 ::1"},
        {"{{ graphLink \"up{a=\\\"b c\\\"}\" }} {{ tableLink \"up\" }}",
         "/graph?g0.expr=up%7Ba%3D%22b+c%22%7D&g0.tab=0 /graph?g0.expr=up&g0.tab=1"},
        {"{{ safeHtml \"<b>\" }} {{ \"a b\" | urlQueryEscape }}", "<b> a+b"},
        {"{{ parseDuration \"1h2m\" }} {{ (parseDurationTime \"90s\").Seconds }}", "3720 90"},
        {"{{ (toTime 1435065584.0).Format \"2006-01-02\" }} {{ toDuration 90.0 }}", "2015-06-23 1m30s"},
        {"{{ define \"x\" }}{{ .arg0 }}-{{ .arg1 }}{{ end }}{{ template \"x\" (args 1 \"b\") }}", "1-b"},
        {"{{ if gt $value 90.0 }}high{{ else }}low{{ end }}", "high"},
        {"{{ toUpper 5 }}", "<error expanding template: line 1: toUpper: wants a string, not a int>"},
    };
    for (const auto& [text, wanted] : cases) {
        CAPTURE(text);
        CHECK(expand(text) == wanted);
    }
    CHECK(expand("{{ $value }}", std::numeric_limits<double>::infinity()) == "+Inf");
    CHECK(expand("{{ $value }}", 1e7) == "1e+07");
}

TEST_CASE("numbers are humanized like upstream's") {
    CHECK(humanize(0) == "0");
    CHECK(humanize(1) == "1");
    CHECK(humanize(1234567) == "1.235M");
    CHECK(humanize(-1234567) == "-1.235M");
    CHECK(humanize(0.12) == "120m");
    CHECK(humanize(1e-9) == "1n");
    CHECK(humanize(std::nan("")) == "NaN");
    CHECK(humanize_1024(1023) == "1023");
    CHECK(humanize_1024(1025.0 * 1024) == "1.001Mi");
    CHECK(humanize_1024(0.5) == "0.5");
    CHECK(humanize_duration(0) == "0s");
    CHECK(humanize_duration(1) == "1s");
    CHECK(humanize_duration(12.345) == "12.35s");
    CHECK(humanize_duration(60) == "1m 0s");
    CHECK(humanize_duration(-86400.0 * 1.5) == "-1d 12h 0m 0s");
    CHECK(humanize_duration(0.1) == "100ms");
    CHECK(humanize_duration(0.0001) == "100us");
    CHECK(humanize_percentage(0.1) == "10%");
    CHECK(humanize_timestamp(std::numeric_limits<double>::infinity()) == "+Inf");
}

}  // namespace belfry::alarm
