#include "base/yaml.h"

#include <doctest/doctest.h>

#include <cmath>

using namespace belfry;

namespace {

YamlNode read(std::string_view text) {
    Result<YamlNode> node = parse_yaml_document(text);
    REQUIRE_MESSAGE(node.ok(), (node.ok() ? "" : node.error().message));
    return std::move(node).value();
}

std::string failure(std::string_view text, const YamlLimits& limits = {}) {
    const auto documents = parse_yaml(text, limits);
    REQUIRE_FALSE(documents.ok());
    return documents.error().message;
}

}  // namespace

TEST_CASE("maps, lists and scalars are read with their lines") {
    const YamlNode root = read("# comment\njob: node\nports:\n  - 1\n  - \"2\"\nempty:\n");
    REQUIRE(root.is_map());
    CHECK(root.size() == 3);
    CHECK(root.find("job")->text() == "node");
    CHECK(root.find("job")->line() == 2);
    const YamlNode& ports = *root.find("ports");
    REQUIRE(ports.is_sequence());
    CHECK(ports.at(0).as_int() == 1);
    CHECK(ports.at(1).line() == 5);
    CHECK_FALSE(ports.at(1).as_int());
    CHECK(ports.at(1).text() == "2");
    CHECK(ports.at(2).is_null());
    CHECK(root.find("empty")->is_null());
    CHECK(root.find("nothing") == nullptr);
    CHECK(root.items()[0].first.text() == "job");
}

TEST_CASE("numbers and truth values are those of YAML 1.1, without quotes only") {
    const YamlNode root = read("[1, -5, 0x1F, 1_000, 1.5, .inf, -.inf, .nan, yes, Off, 'yes', 99999999999999999999]");
    CHECK(root.at(1).as_int() == -5);
    CHECK(root.at(2).as_int() == 31);
    CHECK(root.at(3).as_int() == 1000);
    CHECK_FALSE(root.at(4).as_int());
    CHECK(root.at(4).as_double() == 1.5);
    CHECK(root.at(5).as_double() == std::numeric_limits<double>::infinity());
    CHECK(root.at(6).as_double() == -std::numeric_limits<double>::infinity());
    CHECK(std::isnan(*root.at(7).as_double()));
    CHECK(root.at(8).as_bool() == true);
    CHECK(root.at(9).as_bool() == false);
    CHECK_FALSE(root.at(10).as_bool());
    CHECK_FALSE(root.at(11).as_int());
}

TEST_CASE("aliases and merge keys mean what their anchors hold") {
    const YamlNode root = read("base: &b {a: 1, c: 2}\nx:\n  <<: *b\n  a: 7\ny: *b\nz:\n  <<: [*b, {d: 4, c: 9}]\n");
    CHECK(root.find("x")->find("a")->text() == "7");
    CHECK(root.find("x")->find("c")->text() == "2");
    CHECK(root.find("y")->find("a")->text() == "1");
    CHECK(root.find("z")->find("c")->text() == "2");
    CHECK(root.find("z")->find("d")->text() == "4");
}

TEST_CASE("several documents, one and none") {
    CHECK(parse_yaml("a: 1\n---\nb: 2\n")->size() == 2);
    CHECK(parse_yaml("")->empty());
    CHECK(read("# nothing\n").is_null());
    CHECK(parse_yaml_document("a: 1\n---\nb: 2\n").error().message == "line 3: a second document; one is expected");
}

TEST_CASE("errors name the line") {
    CHECK(failure("a: 1\nb: [1, 2\nc: 3\n").starts_with("line "));
    CHECK(failure("a: 1\nb: 2\na: 3\n") == "line 3: key \"a\" stands twice in this map");
    CHECK(failure("a: *missing\n").starts_with("line 1: "));
    CHECK(failure("a: &x [*x]\n") == "line 1: an alias within its own anchor");
    CHECK(failure("[a]: 1\n") == "line 1: a key must be a text");
    CHECK(failure("<<: 5\n") == "line 1: << takes a map or a list of maps");
    CHECK(failure("a: 1\nb: \xff\n") == "line 2: not UTF-8");
    CHECK(failure(std::string("\0,", 2)) == "line 1: a control character");  // the library reads it for ever
    CHECK(failure("--- a\n--- b\n", {.documents_max = 1}) == "more than 1 documents");
}

TEST_CASE("ten lines that mean a billion values are refused") {
    std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 10; i++) {
        text += fmt::format("a{}: &a{} [", i, i);
        for (int k = 0; k < 10; k++)
            text += fmt::format("{}*a{}", k == 0 ? "" : ", ", i - 1);
        text += "]\n";
    }
    CHECK(failure(text).find("more than 1000000 values") != std::string::npos);
}

TEST_CASE("what is too deep or too long is refused") {
    CHECK(failure(std::string(500, '[')).find("deeper than 64") != std::string::npos);
    std::string tower = "a0: &a0 [x]\n";
    for (int i = 1; i < 80; i++)
        tower += fmt::format("a{}: &a{} [*a{}]\n", i, i, i - 1);
    CHECK(failure(tower).find("deeper than 64") != std::string::npos);
    CHECK(failure("a: 12345", {.text_bytes_max = 4}) == "8 bytes of YAML, at most 4 are read");
    CHECK(failure("[1, 2, 3, 4]", {.nodes_max = 4}).find("more than 4 values") != std::string::npos);
}

TEST_CASE("a tree prints as YAML that reads back alike, without its secrets") {
    const std::string text =
        "a: 1\nb:\n- x\n- k: \"5\"\n  l: [a, {m: n}]\n- []\n- - deep\npassword: hidden\nc: \"x: y\"\nd: {}\ne:\n";
    const YamlNode root = read(text);
    const std::string printed = print_yaml(root, {});
    CHECK(printed ==
          "a: 1\nb:\n- x\n- k: \"5\"\n  l:\n  - a\n  - m: n\n- []\n- - deep\npassword: hidden\nc: \"x: y\"\nd: {}\ne: "
          "null\n");
    CHECK(print_yaml(read(printed), {}) == printed);
    CHECK(print_yaml(root, [](std::string_view key) { return key == "password"; }).find("hidden") == std::string::npos);
}
