#include "catalog/catalog.h"

#include "catalog/changes.h"
#include "catalog/sessions.h"
#include "support/loop_change_log.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

using namespace belfry;
using namespace belfry::catalog;

namespace {

constexpr int64_t NOW = 1'700'000'000'000;

struct Fixture {
    tests::TempDir dir;
    ManualClock clock{NOW};
    CatalogConfig config;
    std::unique_ptr<Catalog> catalog;
    std::unique_ptr<tests::LoopChangeLog> log;
    std::unique_ptr<Changes> changes;
    std::unique_ptr<Sessions> sessions;

    explicit Fixture(CatalogConfig c = {}) : config(c) { reopen(); }
    void reopen() {
        sessions.reset();
        changes.reset();
        log.reset();
        catalog.reset();
        auto opened = Catalog::open(dir.file("catalog.sqlite"), config, clock);
        REQUIRE_MESSAGE(opened.ok(), opened.error().message);
        catalog = std::move(opened).value();
        log = std::make_unique<tests::LoopChangeLog>(*catalog);
        changes = std::make_unique<Changes>(*log, *catalog, clock);
        auto s = Sessions::open(*catalog);
        REQUIRE(s.ok());
        sessions = std::move(s).value();
    }
    NewKey key(Scope scope = Scope::ingest) {
        auto made = changes->create_key({.name = "agent", .tenant = "default", .scope = scope, .by = "admin"});
        REQUIRE_MESSAGE(made.ok(), made.error().message);
        return *made;
    }
};

}  // namespace

TEST_CASE("every kind of definition reads back from its record as it was") {
    const std::vector<Definition> all = {Tenant{.id = "t", .name = "T \"x\"", .created_ms = 5},
                                         User{.name = "admin", .created_ms = 6},
                                         ApiKey{.id = "k",
                                                .name = "n",
                                                .tenant = "t",
                                                .scope = Scope::admin,
                                                .digest = digest("x"),
                                                .created_ms = 7,
                                                .created_by = "admin",
                                                .expires_ms = 9},
                                         Setting{.name = "demo", .json = "{\"a\":1}"},
                                         Dashboard{.head = {.id = "d",
                                                            .tenant = "t",
                                                            .title = "D",
                                                            .folder = "a/b",
                                                            .tags = {"x", "y"},
                                                            .panels = 0,
                                                            .version = 3,
                                                            .created_ms = 1,
                                                            .created_by = "a",
                                                            .updated_ms = 2,
                                                            .updated_by = "b",
                                                            .edit = "e"},
                                                   .body = R"({"format":1,"panels":[],"title":"D"})"},
                                         RemoveDashboard{"d", 3},
                                         RemoveTenant{"t"},
                                         RevokeKey{"k"},
                                         RemoveSetting{"demo"}};
    for (const Definition& definition : all) {
        const std::string record = encode({.definition = definition, .at_ms = NOW, .by = "admin"});
        auto back = decode_change(record);
        REQUIRE_MESSAGE(back.ok(), record);
        CHECK(back->definition.index() == definition.index());
        CHECK(encode(*back) == record);
    }
    CHECK(encode({.definition = RevokeKey{"k"}, .at_ms = 1, .by = "a"}) ==
          R"({"v":1,"kind":"key_revoked","id":"k","at_ms":1,"by":"a"})");
}

TEST_CASE("records that are not definitions are errors") {
    for (const char* bad :
         {"", "[]", "{}", "nonsense", R"({"v":2,"kind":"user","name":"x"})", R"({"v":1,"kind":"user"})",
          R"({"v":1,"kind":"rocket"})", R"({"v":1,"kind":"key","id":"a","tenant":"t","scope":"root","digest":"00"})",
          R"({"v":1,"kind":"key","id":"a","tenant":"t","scope":"read","digest":"00"})"}) {
        CHECK_FALSE(decode_change(bad).ok());
    }
}

TEST_CASE("applied definitions and the position survive a reopening together") {
    Fixture f;
    const NewKey key = f.key();
    CHECK(f.changes->make(Setting{.name = "demo", .json = "{}"}, "admin").ok());
    const uint64_t position = f.catalog->applied_to();
    CHECK(position == 2);
    const std::string instance = f.catalog->instance_id();
    f.reopen();
    CHECK(f.catalog->applied_to() == position);
    CHECK(f.catalog->instance_id() == instance);
    CHECK(f.catalog->snapshot()->find_key(key.text) != nullptr);
    CHECK(f.catalog->snapshot()->settings.at("demo") == "{}");
}

TEST_CASE("a replay of applied records changes nothing") {
    Fixture f;
    const std::string set = encode({.definition = Setting{.name = "a", .json = "1"}, .at_ms = 1, .by = "x"});
    const std::string remove = encode({.definition = RemoveSetting{"a"}, .at_ms = 2, .by = "x"});
    const std::vector<DefinitionRecord> records = {{.offset = 0, .bytes = set}, {.offset = 1, .bytes = remove}};
    REQUIRE(f.catalog->apply(records).ok());
    REQUIRE(f.catalog->apply(std::vector<DefinitionRecord>{{.offset = 0, .bytes = set}}).ok());
    CHECK(f.catalog->snapshot()->settings.empty());
    CHECK(f.catalog->applied_to() == 2);
}

TEST_CASE("a record that cannot be read is passed over and does not hold up later ones") {
    Fixture f;
    const std::string set = encode({.definition = Setting{.name = "a", .json = "1"}, .at_ms = 1, .by = "x"});
    const std::vector<DefinitionRecord> records = {{.offset = 0, .bytes = "garbage"}, {.offset = 1, .bytes = set}};
    REQUIRE(f.catalog->apply(records).ok());
    CHECK(f.catalog->snapshot()->settings.contains("a"));
    CHECK(f.catalog->applied_to() == 2);
}

TEST_CASE("a key is found by its whole text only, and an empty one never") {
    Fixture f;
    const NewKey key = f.key(Scope::read);
    CHECK(key.text.starts_with("bf_r_" + key.id + "_"));
    const auto snapshot = f.catalog->snapshot();
    REQUIRE(snapshot->find_key(key.text) != nullptr);
    CHECK(snapshot->find_key(key.text)->scope == Scope::read);
    for (size_t i = 0; i < key.text.size(); ++i) {
        std::string altered = key.text;
        altered[i] = altered[i] == 'a' ? 'b' : 'a';
        CHECK(snapshot->find_key(altered) == nullptr);
        CHECK(snapshot->find_key(key.text.substr(0, i)) == nullptr);
    }
    CHECK(snapshot->find_key(key.text + "a") == nullptr);
    CHECK(snapshot->find_key("bf_r__") == nullptr);
}

TEST_CASE("no secret is on disk or in the log") {
    Fixture f;
    const NewKey key = f.key();
    auto token = f.sessions->make_login_token("admin");
    auto other = f.sessions->make_login_token("admin");
    auto session = f.sessions->login(*other);
    REQUIRE(session.ok());
    REQUIRE(f.sessions->flush().ok());
    std::string everything = f.log->written();
    for (const char* name : {"catalog.sqlite", "catalog.sqlite-wal"}) {
        std::ifstream in(f.dir.file(name), std::ios::binary);
        std::stringstream bytes;
        bytes << in.rdbuf();
        everything += bytes.str();
    }
    CHECK(everything.find(key.id) != std::string::npos);
    for (const std::string& secret : {key.text.substr(key.text.rfind('_')), *token, *other, *session})
        CHECK(everything.find(secret) == std::string::npos);
}

TEST_CASE("a revoked key is gone at once, and revoking an unknown one says so") {
    Fixture f;
    const NewKey key = f.key();
    REQUIRE(f.changes->revoke_key(key.id, "admin").ok());
    CHECK(f.catalog->snapshot()->find_key(key.text) == nullptr);
    CHECK(f.changes->revoke_key(key.id, "admin").error().code == Code::not_found);
}

TEST_CASE("keys need a name, a tenant, a future and room") {
    Fixture f({.keys_max = 1});
    const auto code = [&](KeyRequest request) {
        auto made = f.changes->create_key(request);
        return made.ok() ? std::optional<Code>() : made.error().code;
    };
    CHECK(code({.name = "", .tenant = "default"}) == Code::invalid);
    CHECK(code({.name = "x", .tenant = "a b"}) == Code::invalid);
    CHECK(code({.name = "x", .tenant = ""}) == Code::invalid);
    CHECK(code({.name = "x", .tenant = "default", .expires_ms = NOW}) == Code::invalid);
    CHECK_FALSE(code({.name = "x", .tenant = "default", .expires_ms = NOW + 1}));
    CHECK(code({.name = "x", .tenant = "default"}) == Code::exhausted);
}

TEST_CASE("a change that the log refuses is an error, and one that is not applied in time says that it is written") {
    Fixture f({.apply_wait_ms = 1});
    f.log->refuse = true;
    CHECK(f.changes->make(Setting{.name = "a", .json = "1"}, "x").error().code == Code::exhausted);
    f.log->refuse = false;
    f.log->apply_at_once = false;
    CHECK(f.changes->make(Setting{.name = "a", .json = "1"}, "x").error().code == Code::timeout);
}

TEST_CASE("a login link works once, and only in its time") {
    Fixture f;
    auto token = f.sessions->make_login_token("admin");
    REQUIRE(token.ok());
    CHECK_FALSE(f.sessions->login("").ok());
    CHECK_FALSE(f.sessions->login("wrong").ok());
    auto session = f.sessions->login(*token);
    REQUIRE(session.ok());
    CHECK(f.sessions->find(*session)->user == "admin");
    CHECK_FALSE(f.sessions->login(*token).ok());
    auto late = f.sessions->make_login_token("admin");
    f.clock.advance_ms(f.config.login_token_ms);
    CHECK_FALSE(f.sessions->login(*late).ok());
}

TEST_CASE("a session survives a restart, ends by logout and by idleness, and not by use") {
    Fixture f({.session_ms = 1000});
    const std::string a = *f.sessions->login(*f.sessions->make_login_token("admin"));
    const std::string b = *f.sessions->login(*f.sessions->make_login_token("admin"));
    f.reopen();
    CHECK(f.sessions->find(a));
    f.sessions->logout(a);
    CHECK_FALSE(f.sessions->find(a));
    for (int i = 0; i < 3; ++i) {
        f.clock.advance_ms(600);
        CHECK(f.sessions->find(b));
    }
    REQUIRE(f.sessions->flush().ok());
    f.reopen();
    CHECK_FALSE(f.sessions->find(a));
    CHECK(f.sessions->find(b));
    f.clock.advance_ms(1000);
    CHECK_FALSE(f.sessions->find(b));
    CHECK_FALSE(f.sessions->find(""));
}

TEST_CASE("one session too many ends the one that was idle longest") {
    Fixture f({.sessions_max = 2});
    std::vector<std::string> secrets;
    for (int i = 0; i < 3; ++i) {
        secrets.push_back(*f.sessions->login(*f.sessions->make_login_token("admin")));
        f.clock.advance_ms(10);
    }
    CHECK_FALSE(f.sessions->find(secrets[0]));
    CHECK(f.sessions->find(secrets[1]));
    CHECK(f.sessions->find(secrets[2]));
}

TEST_CASE("when a key was used last is kept over a restart") {
    Fixture f;
    const NewKey key = f.key();
    CHECK_FALSE(f.catalog->key_last_used_ms(key.id));
    f.catalog->note_key_used(key.id, NOW);
    f.catalog->note_key_used(key.id, NOW + 10);
    CHECK(f.catalog->key_last_used_ms(key.id) == NOW);
    REQUIRE(f.catalog->flush_key_uses().ok());
    f.reopen();
    CHECK(f.catalog->key_last_used_ms(key.id) == NOW);
}

TEST_CASE("a catalog of a newer Belfry is not touched") {
    Fixture f;
    f.reopen();
    {
        auto db = Database::open(f.dir.file("catalog.sqlite"));
        REQUIRE(db->execute("PRAGMA user_version=99").ok());
    }
    auto opened = Catalog::open(f.dir.file("catalog.sqlite"), f.config, f.clock);
    REQUIRE_FALSE(opened.ok());
    CHECK(opened.error().message.find("newer") != std::string::npos);
}

TEST_CASE("a file that is no database is an error and not a crash") {
    const tests::TempDir dir;
    ManualClock clock(NOW);
    std::ofstream(dir.file("c.sqlite")) << std::string(5000, 'x');
    auto opened = Catalog::open(dir.file("c.sqlite"), {}, clock);
    REQUIRE_FALSE(opened.ok());
    CHECK(opened.error().code == Code::corrupt);
}

TEST_CASE("random texts do not repeat and compare in constant time, empty never matching") {
    CHECK(random_text(SECRET_LETTERS) != random_text(SECRET_LETTERS));
    CHECK(random_text(SECRET_LETTERS).size() == SECRET_LETTERS);
    CHECK(secrets_equal("a", "a"));
    CHECK_FALSE(secrets_equal("a", "b"));
    CHECK_FALSE(secrets_equal("a", "ab"));
    CHECK_FALSE(secrets_equal("", ""));
    CHECK(to_hex(digest("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    Digest back;
    CHECK(from_hex(to_hex(digest("abc")), &back));
    CHECK(back == digest("abc"));
    CHECK_FALSE(from_hex("zz", &back));
}

TEST_CASE("dashboards and their versions survive a reopening and a replay; removal takes all of them") {
    Fixture f;
    const std::string body = R"({"format":1,"panels":[],"tags":["x"],"title":"D"})";
    auto made = f.changes->save_dashboard({.tenant = "default", .body = body, .by = "admin"});
    REQUIRE(made.ok());
    const std::string id = made->head.id;
    REQUIRE(f.changes->save_dashboard({.id = id, .tenant = "default", .version = 1, .body = body, .by = "b"}).ok());
    const std::string written = f.log->written();
    f.reopen();
    REQUIRE(f.catalog->snapshot()->dashboards.contains(id));
    const DashboardHead head = f.catalog->snapshot()->dashboards.at(id);
    CHECK(head.version == 2);
    CHECK(head.tags == std::vector<std::string>{"x"});
    CHECK(head.created_by == "admin");
    CHECK(head.updated_by == "b");
    CHECK(f.catalog->dashboard_versions(id)->size() == 2);
    CHECK((*f.catalog->dashboard(id, 1))->body == body);
    // the same records at later offsets: both are overtaken
    std::vector<DefinitionRecord> records;
    uint64_t offset = f.catalog->applied_to();
    for (size_t at = 0, end = 0; (end = written.find('\n', at)) != std::string::npos; at = end + 1)
        records.push_back({.offset = offset++, .bytes = std::string_view(written).substr(at, end - at)});
    REQUIRE(f.catalog->apply(records).ok());
    CHECK(f.catalog->snapshot()->dashboards.at(id).version == 2);
    f.reopen();
    REQUIRE(f.changes->remove_dashboard(id, "default", 2, "admin").ok());
    f.reopen();
    CHECK(f.catalog->snapshot()->dashboards.empty());
    CHECK(f.catalog->dashboard_versions(id)->empty());
}

TEST_CASE("one dashboard more than allowed is refused with the key that allows it") {
    CatalogConfig config;
    config.dashboards_max = 1;
    Fixture f(config);
    const std::string body = R"({"format":1,"title":"D","panels":[]})";
    REQUIRE(f.changes->save_dashboard({.tenant = "default", .body = body, .by = "a"}).ok());
    const auto more = f.changes->save_dashboard({.tenant = "default", .body = body, .by = "a"});
    REQUIRE_FALSE(more.ok());
    CHECK(more.error().code == Code::exhausted);
    CHECK(more.error().message.find("catalog.dashboards_max") != std::string::npos);
}
