#include "api/belfry/belfry_fixture.h"

#include <doctest/doctest.h>

using namespace belfry;
using namespace belfry::tests;

namespace {

constexpr const char* ALL = "/api/v1/belfry/dashboards";

std::string body(const std::string& title, const std::string& more = "") {
    return fmt::format(
        R"({{"format":1,"title":"{}"{},"panels":[{{"id":1,"type":"timeseries","x":0,"y":0,"w":12,"h":8,"queries":[{{"expr":"up"}}]}}]}})",
        title, more);
}

http::Request with(std::string text, const std::string& version = "") {
    http::Request request = BelfryFixture::admin_request(std::move(text));
    if (!version.empty()) request.query.add("version", version);
    return request;
}

std::string make(BelfryFixture& f, const std::string& title, const std::string& more = "") {
    const http::Response made = f.call("POST", ALL, with(body(title, more)));
    REQUIRE_MESSAGE(made.status == 200, made.body);
    return BelfryFixture::json(made).string_or("id", "");
}

size_t listed(BelfryFixture& f, const std::vector<std::pair<std::string, std::string>>& query) {
    http::Request request = BelfryFixture::admin_request();
    for (const auto& [name, value] : query)
        request.query.add(name, value);
    return BelfryFixture::json(f.call("GET", ALL, request)).get("dashboards").size();
}

}  // namespace

TEST_CASE("a dashboard is made, read, changed, exported and deleted") {
    BelfryFixture f;
    const std::string id = make(f, "First"), one = std::string(ALL) + "/" + id;
    JsonView read = BelfryFixture::json(f.call("GET", one));
    CHECK(read.int_or("version", 0) == 1);
    CHECK(read.string_or("created_by", "") == "admin");
    CHECK(read.int_or("created_ms", 0) == BELFRY_NOW_MS);
    CHECK(read.get("dashboard").get("panels").at(0).get("queries").at(0).string_or("expr", "") == "up");
    f.clock.advance_ms(1000);
    CHECK(f.call("PUT", one, with(body("Second", R"(,"kept":{"odd":[1]})"), "1")).status == 200);
    read = BelfryFixture::json(f.call("GET", one));
    CHECK(read.int_or("version", 0) == 2);
    CHECK(read.string_or("title", "") == "Second");
    CHECK(read.int_or("created_ms", 0) == BELFRY_NOW_MS);
    CHECK(read.int_or("updated_ms", 0) == BELFRY_NOW_MS + 1000);
    const http::Response file = f.call("GET", one + "/export");
    CHECK(BelfryFixture::json(file).get("kept").get("odd").at(0).as_int() == 1);
    CHECK(BelfryFixture::header(file, "Content-Disposition") == "attachment; filename=\"" + id + ".json\"");
    // what was exported can be imported as it is
    const http::Response again = f.call("POST", ALL, with(file.body));
    CHECK(BelfryFixture::json(again).string_or("id", id) != id);
    CHECK(f.call("DELETE", one).status == 204);
    CHECK(f.call("DELETE", one).status == 404);
    CHECK(f.call("GET", one).status == 404);
    CHECK(f.call("GET", one + "/export").status == 404);
    CHECK(f.call("GET", one + "/versions").status == 404);
}

TEST_CASE("a change on an old version is a conflict that names the newest") {
    BelfryFixture f;
    const std::string one = std::string(ALL) + "/" + make(f, "A");
    CHECK(f.call("PUT", one, with(body("B"), "1")).status == 200);
    const http::Response late = f.call("PUT", one, with(body("C"), "1"));
    CHECK(late.status == 409);
    CHECK(BelfryFixture::json(late).string_or("errorType", "") == "conflict");
    CHECK(BelfryFixture::json(late).int_or("version", 0) == 2);
    CHECK(f.call("DELETE", one, with("", "1")).status == 409);
    CHECK(f.call("PUT", one, with(body("C"))).status == 400);
    CHECK(f.call("PUT", one, with(body("C"), "x")).status == 400);
    CHECK(f.call("PUT", std::string(ALL) + "/none", with(body("C"), "1")).status == 404);
    CHECK(f.call("PUT", one, with(body("C"), "2")).status == 200);
    CHECK(f.call("DELETE", one, with("", "3")).status == 204);
}

TEST_CASE("of two changes of one version that met in the log the first one counts") {
    BelfryFixture f;
    const std::string id = make(f, "A"), one = std::string(ALL) + "/" + id;
    // the other one is in the log, but was not applied when this one was checked
    const auto before = f.catalog->snapshot()->dashboards.at(id);
    catalog::Dashboard theirs{.head = before, .body = body("theirs")};
    theirs.head.version = 2;
    theirs.head.edit = "x";
    theirs.head.title = "theirs";
    theirs.head.updated_by = "other";
    f.log.write_first = catalog::encode({.definition = theirs, .at_ms = 1, .by = "other"});
    const http::Response mine = f.call("PUT", one, with(body("mine"), "1"));
    CHECK(mine.status == 409);
    CHECK(BelfryFixture::json(mine).string_or("updated_by", "") == "other");
    CHECK(BelfryFixture::json(f.call("GET", one)).string_or("title", "") == "theirs");
}

TEST_CASE("older versions are kept up to the limit and can be read") {
    BelfryFixture f;
    const std::string one = std::string(ALL) + "/" + make(f, "v1");
    for (int64_t v = 1; v < 25; ++v)
        REQUIRE(f.call("PUT", one, with(body(fmt::format("v{}", v + 1)), std::to_string(v))).status == 200);
    const JsonView kept = BelfryFixture::json(f.call("GET", one + "/versions")).get("versions");
    CHECK(kept.size() == 20);
    CHECK(kept.at(0).int_or("version", 0) == 25);
    CHECK(kept.at(19).int_or("version", 0) == 6);
    CHECK(BelfryFixture::json(f.call("GET", one + "/versions/6")).get("dashboard").string_or("title", "") == "v6");
    CHECK(f.call("GET", one + "/versions/5").status == 404);
    CHECK(f.call("GET", one + "/versions/x").status == 400);
}

TEST_CASE("the list is searched by words, tags and folders") {
    BelfryFixture f;
    make(f, "Disks of all hosts", R"(,"folder":"Infra/Storage","tags":["disk","slow"])");
    make(f, "Shop", R"(,"folder":"Infrastructure","tags":["slow"])");
    CHECK(listed(f, {}) == 2);
    CHECK(listed(f, {{"q", "HOSTS disk"}}) == 1);
    CHECK(listed(f, {{"q", "storage"}}) == 1);
    CHECK(listed(f, {{"q", "nothing"}}) == 0);
    CHECK(listed(f, {{"folder", "Infra"}}) == 1);
    CHECK(listed(f, {{"tag", "slow"}}) == 2);
    CHECK(listed(f, {{"tag", "slow"}, {"tag", "disk"}}) == 1);
}

TEST_CASE("a tenant sees and changes its own dashboards only") {
    BelfryFixture f;
    const std::string id = make(f, "Ours"), one = std::string(ALL) + "/" + id;
    const auto other = [](std::string text = "", const std::string& version = "") {
        http::Request request = with(std::move(text), version);
        request.identity.tenant = "other";
        return request;
    };
    CHECK(BelfryFixture::json(f.call("GET", ALL, other())).get("dashboards").size() == 0);
    for (const char* path : {"", "/export", "/versions", "/versions/1"})
        CHECK(f.call("GET", one + path, other()).status == 404);
    CHECK(f.call("PUT", one, other(body("x"), "1")).status == 404);
    CHECK(f.call("DELETE", one, other()).status == 404);
    http::Request taken = other(body("x"));
    taken.query.add("id", id);
    CHECK(f.call("POST", ALL, taken).status == 400);
    CHECK(BelfryFixture::json(f.call("GET", one)).string_or("title", "") == "Ours");
}

TEST_CASE("what is no dashboard is refused with its place") {
    BelfryFixture f;
    const auto panel = [](const std::string& text) { return R"({"format":1,"title":"x","panels":[)" + text + "]}"; };
    const std::vector<std::pair<std::string, std::string>> bad = {
        {"", "JSON object"},
        {"{}],[{}", "is no JSON"},
        {"{", "is no JSON"},
        {"{},{}", "JSON object"},
        {"[]", "JSON object"},
        {"{}", "\"format\" must be 1"},
        {R"({"format":2,"title":"x","panels":[]})", "\"format\""},
        {R"({"format":1,"panels":[]})", "no title"},
        {R"({"format":1,"title":7,"panels":[]})", "title is no text"},
        {R"({"format":1,"title":"x"})", "panels is no array"},
        {R"({"format":1,"title":"x","tags":"a","panels":[]})", "tags is no array"},
        {R"({"format":1,"title":"x","tags":[1],"panels":[]})", "tags[0]"},
        {R"({"format":1,"title":"x","variables":[{"name":"a b","type":"query"}],"panels":[]})", "variables[0]: name"},
        {R"({"format":1,"title":"x","variables":[{"name":"a","type":"odd"}],"panels":[]})", "type \"odd\""},
        {R"({"format":1,"title":"x","variables":[{"name":"a","type":"custom"},{"name":"a","type":"custom"}],"panels":[]})",
         "two variables a"},
        {panel("1"), "panels[0]: is no object"},
        {panel("{}"), "panels[0]: id"},
        {panel(R"({"id":0,"type":"text","x":0,"y":0,"w":1,"h":1})"), "panels[0]: id"},
        {panel(R"({"id":1,"type":"pie","x":0,"y":0,"w":1,"h":1})"), "type \"pie\""},
        {panel(R"({"id":1,"type":"text","x":20,"y":0,"w":5,"h":1})"), "24 columns"},
        {panel(R"({"id":1,"type":"text","x":-1,"y":0,"w":5,"h":1})"), "24 columns"},
        {panel(R"({"id":1,"type":"text","x":0,"y":0,"w":5})"), "24 columns"},
        {panel(R"({"id":1,"type":"text","x":0,"y":0,"w":1,"h":1},{"id":1,"type":"text","x":0,"y":0,"w":1,"h":1})"),
         "panels[1]: there are two panels with id 1"},
        {panel(R"({"id":1,"type":"stat","x":0,"y":0,"w":1,"h":1,"queries":[{}]})"), "queries[0] has no expr"},
    };
    for (const auto& [text, words] : bad) {
        CAPTURE(text);
        const http::Response response = f.call("POST", ALL, with(text));
        CHECK(response.status == 400);
        CHECK_MESSAGE(BelfryFixture::json(response).string_or("error", "").find(words) != std::string::npos,
                      response.body);
    }
    http::Request odd_id = with(body("x"));
    odd_id.query.add("id", "a/b");
    CHECK(f.call("POST", ALL, odd_id).status == 400);
    CHECK(f.catalog->snapshot()->dashboards.empty());
}

TEST_CASE("each limit of dashboards is an error that names its key") {
    BelfryFixture f;
    const auto refused = [&](const std::string& text) {
        const http::Response response = f.call("POST", ALL, with(text));
        CHECK(response.status == 422);
        return BelfryFixture::json(response).string_or("error", "");
    };
    CHECK(refused(body(std::string((1 << 20) + 1, 'x'))).find("catalog.dashboard_bytes_max") != std::string::npos);
    std::string panels;
    for (int i = 1; i <= 201; ++i)
        panels += fmt::format(R"({}{{"id":{},"type":"text","x":0,"y":0,"w":1,"h":1}})", i == 1 ? "" : ",", i);
    CHECK(refused(R"({"format":1,"title":"x","panels":[)" + panels + "]}").find("catalog.dashboard_panels_max") !=
          std::string::npos);
}

TEST_CASE("a body as deep as may be read is deep enough for its record, too") {
    BelfryFixture f;
    for (const size_t depth : {40, 60, 61, 62, 63, 64, 70}) {
        CAPTURE(depth);
        const http::Response made =
            f.call("POST", ALL, with(body("deep", R"(,"deep":)" + std::string(depth, '[') + std::string(depth, ']'))));
        if (made.status != 200) {
            CHECK(made.status == 400);
            continue;
        }
        CHECK(f.call("GET", std::string(ALL) + "/" + BelfryFixture::json(made).string_or("id", "")).status == 200);
    }
}
