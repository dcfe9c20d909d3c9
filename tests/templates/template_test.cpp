#include "templates/template.h"

#include "templates/format.h"

#include <doctest/doctest.h>

namespace belfry::templates {
namespace {

Value sample(std::string host, double value) {
    Map out{.missing = Map::Missing::error, .entries = {}};
    out.entries.emplace("Labels", text_map({{"host", std::move(host)}}));
    out.entries.emplace("Value", Value(value));
    return Value(std::move(out));
}

Value dot() {
    Map out{.missing = Map::Missing::error, .entries = {}};
    out.entries.emplace("Labels", text_map({{"job", "api"}, {"path", "/a<b>"}}));
    out.entries.emplace("Value", Value(1234567.5));
    out.entries.emplace("Samples", Value(List{sample("a", 1), sample("b", 2), sample("c", 3)}));
    out.entries.emplace("Empty", Value(List{}));
    out.entries.emplace("Time", Value(Time{1'445'444'940'123'000'000}));
    return Value(std::move(out));
}

std::string run(std::string_view text, const Limits& limits = {}) {
    const Result<Template> parsed = Template::parse(text, {}, limits);
    if (!parsed.ok()) return "parse: " + parsed.error().message;
    const Result<std::string> out = parsed->run(dot(), {}, limits);
    return out.ok() ? *out : "run: " + out.error().message;
}

}  // namespace

TEST_CASE("templates mean what the language says") {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"plain {{/* gone */}}text", "plain text"},
        {"a  {{- 1 -}}  b", "a1b"},
        {"a\n{{- /* c */ -}}\n b", "ab"},
        {"{{ .Labels.job }} {{ .Labels.nope }}|", "api |"},
        {"{{ .Value }} {{ 0.00001 }} {{ 100000.0 }} {{ 1e6 }} {{ 1_000 }} {{ 0x10 }} {{ 'a' }}",
         "1.2345675e+06 1e-05 100000 1e+06 1000 16 97"},
        {"{{ \"q\\\"\\u00e9\\x41\\101\\n\" }}{{ `raw\\n` }}", "q\"éAA\nraw\\n"},
        {"{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ $y := 3 }}{{ end }}{{ $x }}", "2"},
        {"{{ if eq .Labels.job \"db\" \"api\" }}yes{{ else }}no{{ end }}", "yes"},
        {"{{ if .Empty }}a{{ else if gt .Value 5.0 }}b{{ else }}c{{ end }}", "b"},
        {"{{ if and true (gt 1.0 2.0) }}a{{ else if or false \"\" 0 }}b{{ else }}c{{ end }}", "c"},
        {"{{ and 1 0 }} {{ or 0 \"x\" }} {{ not 1 }}", "0 x false"},
        {"{{ or true (index .Samples 99) }}", "true"},
        {"{{ range .Samples }}{{ .Labels.host }}={{ .Value }};{{ end }}", "a=1;b=2;c=3;"},
        {"{{ range $i, $s := .Samples }}{{ $i }}{{ $s.Labels.host }} {{ end }}", "0a 1b 2c "},
        {"{{ range .Samples }}{{ if eq .Value 2.0 }}{{ break }}{{ end }}{{ .Value }}{{ end }}", "1"},
        {"{{ range .Samples }}{{ if eq .Value 2.0 }}{{ continue }}{{ end }}{{ .Value }}{{ end }}", "13"},
        {"{{ range .Empty }}a{{ else }}none{{ end }}", "none"},
        {"{{ range $k, $v := .Labels }}{{ $k }}={{ $v }},{{ end }}", "job=api,path=/a<b>,"},
        {"{{ range 3 }}{{ . }}{{ end }}", "012"},
        {"{{ with .Labels.job }}[{{ . }}]{{ end }}{{ with .Labels.nope }}x{{ else }}y{{ end }}", "[api]y"},
        {"{{ with 0 }}a{{ else with .Labels.job }}{{ . }}{{ end }}", "api"},
        {"{{ define \"t\" }}<{{ . }}{{ $ }}>{{ end }}{{ template \"t\" .Labels.job }}{{ template \"t\" 1 }}",
         "<apiapi><11>"},
        {"{{ block \"b\" 7 }}({{ . }}){{ end }}", "(7)"},
        {"{{ .Labels.job | printf \"%-5s|%5s|\" \"x\" }}", "x    |  api|"},
        {"{{ printf \"%.2f %5.1f|%-7.1f|%07.2f %e %g\" .Value 1.25 2.0 3.14159 1500.0 0.5 }}",
         "1234567.50   1.2|2.0    |0003.14 1.500000e+03 0.5"},
        {"{{ printf \"%d %s %v %q %t %c %x %X %T %%\" 1 \"s\" .Value \"q\" true 65 255 \"hi\" 1.0 }}",
         "1 s 1.2345675e+06 \"q\" true A ff 6869 float64 %"},
        {"{{ printf \"%d %s\" 1.5 2 }}", "%!d(float64=1.5) %!s(int=2)"},
        {"{{ printf \"%d\" }} {{ printf \"x\" 1 }} {{ printf \"%\" }}", "%!d(MISSING) x%!(EXTRA int=1) %!(NOVERB)"},
        {"{{ printf \"%+d % d %05d %5d|%-5d|\" 3 4 5 6 7 }}", "+3  4 00005     6|7    |"},
        {"{{ printf \"%*d %.*f\" 4 7 1 2.55 }}", "   7 2.5"},
        {"{{ printf \"%.4g %.4g %.4g %.3s\" 123456.0 0.000012345 12.0 \"längst\" }}", "1.235e+05 1.234e-05 12 län"},
        {"{{ len .Samples }} {{ len \"abc\" }} {{ len .Labels }} {{ index .Labels \"job\" }} {{ (index .Samples "
         "1).Value }}",
         "3 3 2 api 2"},
        {"{{ slice \"hello\" 1 3 }} {{ len (slice .Samples 1) }}", "el 2"},
        {"{{ print 1 2 \"a\" \"b\" 3 }}|{{ println \"x\" 1 }}", "1 2ab3|x 1\n"},
        {"{{ html .Labels.path }} {{ urlquery \"a b&c\" }} {{ js \"it's\" }}", "/a&lt;b&gt; a+b%26c it\\'s"},
        {"{{ .Time }} {{ .Time.Unix }} {{ .Time.Format \"Mon, 02 Jan 06 15:04 MST\" }}",
         "2015-10-21 16:29:00.123 +0000 UTC 1445444940 Wed, 21 Oct 15 16:29 UTC"},
        {"{{ .Labels }} {{ (index .Samples 0) }}", "map[job:api path:/a<b>] {map[host:a] 1}"},
        {"{{ eq 1.0 1.0 }} {{ ne \"a\" \"b\" }} {{ le 2 2 }} {{ lt \"a\" \"b\" }}", "true true true true"},
    };
    for (const auto& [text, wanted] : cases) {
        CAPTURE(text);
        CHECK(run(text) == wanted);
    }
}

TEST_CASE("what is wrong in a template is told with its line") {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"{{ nope 1 }}", "parse: line 1: function \"nope\" is not defined"},
        {"a\n{{ $x }}", "parse: line 2: variable $x is not defined"},
        {"{{ if true }}{{ $y := 1 }}{{ end }}{{ $y }}", "parse: line 1: variable $y is not defined"},
        {"{{ if }}x{{ end }}", "parse: line 1: a command is empty"},
        {"{{ if true }}x", "parse: line 1: {{if}} without {{end}}"},
        {"{{ end }}", "parse: line 1: unexpected {{end}}"},
        {"{{ if 1 }}{{ else }}{{ else }}{{ end }}", "parse: line 1: a second {{else}}"},
        {"{{ \"open }}", "parse: line 1: a text in quotes is not closed"},
        {"{{ 1 ", "parse: line 1: an action is not closed by }}"},
        {"{{ /* c */ x }}", "parse: line 1: a comment ends before the action does"},
        {"{{ 1 | 2 }}", "parse: line 1: behind | stands a function"},
        {"{{ 1 2 }}", "parse: line 1: arguments behind what is no function"},
        {"{{ break }}", "parse: line 1: {{break}} outside of a range"},
        {"{{ ? }}", "parse: line 1: unexpected \"?\" in an action"},
        {"{{ 1.2.3 }}", "parse: line 1: \"1.2.3\" is no number"},
        {"{{ template \"x\" }}", "run: line 1: template \"x\" is not defined"},
        {"{{ define \"x\" }}{{ template \"x\" }}{{ end }}{{ template \"x\" }}",
         "run: line 1: templates call each other deeper than 100"},
        {"{{ gt .Value 5 }}", "run: line 1: gt: a float64 and a int cannot be compared"},
        {"{{ .Nope }}", "run: line 1: there is no field .Nope"},
        {"{{ .Value.x }}", "run: line 1: a float64 has no field .x"},
        {"{{ index .Samples 3 }}", "run: line 1: index: index 3 is out of range, there are 3"},
        {"{{ len 1 }}", "run: line 1: len: a int has no length"},
        {"{{ range .Value }}{{ end }}", "run: line 1: range cannot go over a float64"},
        {"{{ not 1 2 }}", "run: line 1: not takes 1 argument, not 2"},
    };
    for (const auto& [text, wanted] : cases) {
        CAPTURE(text);
        CHECK(run(text) == wanted);
    }
}

TEST_CASE("a template cannot run for ever or grow without end") {
    const Limits small{.source_bytes_max = 1'000, .output_bytes_max = 100, .steps_max = 1'000, .depth_max = 20};
    CHECK(run("{{ range 1000000000 }}{{ end }}", small) == "run: line 1: more than 1000 steps");
    CHECK(run("{{ range 500 }}abc{{ end }}", small) == "run: line 1: the text grows beyond 100 bytes");
    CHECK(run("{{ $x := \"abcdefgh\" }}{{ range 60 }}{{ $x = print $x $x }}{{ end }}", small) ==
          "run: line 1: a text grows beyond 100 bytes");
    CHECK(run(std::string(1'001, 'x'), small) == "parse: the template has 1001 bytes, more than 1000");
    std::string nested;
    for (int i = 0; i < 50; ++i)
        nested += "{{if 1}}";
    CHECK(run(nested, small) == "parse: line 1: nested deeper than 20");
    CHECK(run("{{ " + std::string(50, '(') + "1" + std::string(50, ')') + " }}", small) ==
          "parse: line 1: nested deeper than 20");
}

TEST_CASE("floats and durations read as the language prints them") {
    CHECK(format_float(0) == "0");
    CHECK(format_float(-2.5) == "-2.5");
    CHECK(format_float(123456789) == "1.23456789e+08");
    CHECK(format_float(0.0001) == "0.0001");
    CHECK(format_float(std::numeric_limits<double>::infinity()) == "+Inf");
    CHECK(format_duration({90'500'000'000}) == "1m30.5s");
    CHECK(format_duration({-3'600'000'000'000}) == "-1h0m0s");
    CHECK(format_duration({1'500'000}) == "1.5ms");
}

}  // namespace belfry::templates
