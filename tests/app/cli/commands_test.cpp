#include "app/cli/commands.h"

#include "api/auth/local_access.h"
#include "app/cli/table.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

using namespace belfry;
using namespace belfry::app;

namespace {

/// A server that answers from a script and remembers what it was asked.
struct FakeServer {
    int status = 200;
    std::string body;
    std::vector<http::ClientRequest> asked;

    Remote remote() {
        return Remote("http://h:1", [this](const http::ClientRequest& request) -> Result<http::ClientResponse> {
            asked.push_back(request);
            return http::ClientResponse{.status = status, .content_type = "application/json", .body = body};
        });
    }
};

struct Input {
    std::FILE* file;
    explicit Input(const std::string& text) : file(std::tmpfile()) {
        std::fwrite(text.data(), 1, text.size(), file);
        std::rewind(file);
    }
    ~Input() { std::fclose(file); }
};

}  // namespace

TEST_CASE("query prints a scalar as its value and a vector as a table") {
    FakeServer server{.body = R"({"status":"success","data":{"resultType":"scalar","result":[1,"2"]}})"};
    CHECK(query_command({.expression = "1+1"}, server.remote(), stdin).out == "2\n");
    CHECK(server.asked[0].body == "query=1%2B1");
    server.body = R"({"status":"success","warnings":["w"],"data":{"resultType":"vector","result":[
        {"metric":{"__name__":"up","job":"a\"b"},"value":[1,"1"]},{"metric":{},"value":[1,"NaN"]}]}})";
    const Outcome outcome = query_command({.expression = "up"}, server.remote(), stdin);
    CHECK(outcome.out == "up{job=\"a\\\"b\"}  1\n{}              NaN\n");
    CHECK(outcome.err == "belfry: w\n");
}

TEST_CASE("query of a range needs its three flags and prints rows by time") {
    FakeServer server{
        .body =
            R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"up"},"values":[[1.5,"1"],[2,"0"]]}]}})"};
    CHECK(query_command({.expression = "up", .start = "1"}, server.remote(), stdin).status == 2);
    CHECK(server.asked.empty());
    const Outcome outcome =
        query_command({.expression = "up", .start = "1", .end = "2", .step = "1s"}, server.remote(), stdin);
    CHECK(outcome.out == "up\n  1970-01-01T00:00:01.500Z  1\n  1970-01-01T00:00:02Z      0\n");
    CHECK(server.asked[0].path == "/api/v1/query_range");
}

TEST_CASE("query reads - from standard input, gives --json as it came, and fails with the server's sentence") {
    FakeServer server{.body = "{\"x\":1}"};
    const Input input("a + b");
    CHECK(query_command({.json = true, .expression = "-"}, server.remote(), input.file).out == "{\"x\":1}\n");
    CHECK(server.asked[0].body == "query=a%20%2B%20b");
    server = {.status = 400, .body = R"({"status":"error","errorType":"bad_data","error":"1:3: unexpected end"})"};
    const Outcome outcome = query_command({.expression = "1+"}, server.remote(), stdin);
    CHECK(outcome.status == 2);
    CHECK(outcome.err == "belfry: 1:3: unexpected end\n");
    server = {.status = 401, .body = R"({"status":"error","error":"log in"})"};
    CHECK(query_command({.expression = "1"}, server.remote(), stdin).status == 1);
}

TEST_CASE("status ends with 1 when the server is not well or does not answer") {
    FakeServer server{
        .body =
            R"({"judgement":{"state":"warn","sentence":"Look."},"consumers":[{"title":"metric store","state":"in_step","behind":3}]})"};
    const Outcome outcome = status_command({}, server.remote());
    CHECK(outcome.status == 0);
    CHECK(outcome.out.starts_with("Look.\n"));
    CHECK(outcome.out.find("in_step, 3 records behind") != std::string::npos);
    server.body = R"({"judgement":{"state":"error"}})";
    CHECK(status_command({.quiet = true}, server.remote()).status == 1);
    CHECK(status_command({.quiet = true}, server.remote()).out.empty());
    const Remote nobody("http://h:1", [](const http::ClientRequest&) -> Result<http::ClientResponse> {
        return make_error(Code::unavailable, "nobody answers");
    });
    CHECK(status_command({}, nobody).status == 1);
    CHECK(status_command({}, nobody).err == "belfry: nobody answers\n");
}

TEST_CASE("open prints a link whose token is in the fragment") {
    FakeServer server{.body = R"({"token":"abc","expires_ms":5})"};
    CHECK(open_command({}, server.remote()).out == "http://h:1/#t=abc\n");
    CHECK(server.asked[0].method == "POST");
    server.body = "{}";
    CHECK(open_command({}, server.remote()).out == "http://h:1/\n");
}

TEST_CASE("import sends whole lines in pieces and stops at the first refusal") {
    FakeServer server{.status = 204};
    std::string text;
    while (text.size() < (9 << 20))
        text += "some_metric{a=\"" + std::to_string(text.size()) + "\"} 1\n";
    const Input input(text);
    CHECK(import_command({.file = "-"}, server.remote(), input.file).status == 0);
    std::string all;
    for (const auto& request : server.asked) {
        CHECK(request.body.ends_with("\n"));
        CHECK(request.body.size() <= (5 << 20));
        all += request.body;
    }
    CHECK(server.asked.size() == 3);
    CHECK(all == text);
    server = {.status = 429, .body = R"({"error":"too many series"})"};
    const Input again(text);
    CHECK(import_command({.file = "-"}, server.remote(), again.file).status == 1);
    CHECK(server.asked.size() == 1);
    const Input endless(std::string(6 << 20, 'x'));
    CHECK(import_command({.file = "-"}, server.remote(), endless.file).status == 2);
    CHECK(import_command({.file = "/no/such/file"}, server.remote(), stdin).status != 0);
}

TEST_CASE("keys are made, listed and ended") {
    ManualClock clock(1000);
    FakeServer server{.body = R"({"id":"x","key":"bf_i_x_y"})"};
    const Outcome made =
        keys_create_command({.key_name = "a \"b\"", .scope = "ingest", .expires = "1h"}, server.remote(), clock);
    CHECK(made.out == "bf_i_x_y\n");
    CHECK(server.asked[0].body == R"({"name":"a \"b\"","scope":"ingest","expires_ms":3601000})");
    CHECK(keys_create_command({.key_name = "a", .scope = "ingest", .expires = "soon"}, server.remote(), clock).status ==
          2);
    server.body =
        R"({"keys":[{"id":"x","name":"n","scope":"read","tenant":"default","last_used_ms":null,"expires_ms":1000}]})";
    CHECK(keys_list_command({}, server.remote()).out.find("x   read   default  never      1970-01-01T00:00:01Z  n") !=
          std::string::npos);
    server.body = "";
    server.status = 204;
    CHECK(keys_revoke_command({.key_id = "a/b"}, server.remote()).status == 0);
    CHECK(server.asked.back().path == "/api/v1/belfry/keys/a%2Fb");
}

TEST_CASE("a command finds the server of its data directory, and never sends that key elsewhere") {
    const tests::TempDir dir;
    api::LocalAccess local;
    REQUIRE(local.write(dir.path(), "http://127.0.0.1:4711").ok());
    CHECK(Remote::find({.data_dir = dir.path()})->url() == "http://127.0.0.1:4711");
    CHECK(Remote::find({.url = "http://elsewhere:1", .data_dir = dir.path()})->url() == "http://elsewhere:1");
    CHECK(Remote::find({.data_dir = dir.file("none")})->url() == "http://127.0.0.1:2353");
    CHECK_FALSE(Remote::find({.url = "nonsense"}).ok());
}

TEST_CASE("check-config shows what differs, and fails on a bad file") {
    CHECK(check_config_command({.overrides = {{"server.listen", "127.0.0.1:0"}}}).out.find("server.listen") !=
          std::string::npos);
    CHECK(check_config_command({.config_file = "/no/such/file"}).status == 1);
    CHECK(check_config_command({.print_defaults = true}).out.find("[catalog]") != std::string::npos);
    CHECK(check_config_command({.json = true}).out.starts_with("{\"ok\":true"));
    const auto scraping = [](const char* key, const char* value) { return check_config_command({.overrides = {{key, value}}}); };
    CHECK(scraping("scrape.targets", "127.0.0.1:9100").status == 0);
    CHECK(scraping("scrape.targets", "u:p@h").err.find("scrape.targets") != std::string::npos);
    CHECK(scraping("scrape.config_file", "/no/such/file.yml").status == 1);
}

TEST_CASE("tables align, sizes and times are readable") {
    CHECK(format_table({{"a", "bb"}, {"cccc", "d"}}) == "a     bb\ncccc  d\n");
    CHECK(format_size(86016) == "84 KiB");
    CHECK(format_size(512) == "512 B");
    CHECK(format_size(1.5 * 1024 * 1024) == "1.5 MiB");
    CHECK(format_time_ms(-1) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("users are added by a password from standard input, listed, changed and removed") {
    FakeServer server{.body = R"({"users":[{"name":"ann","enabled":true,"created_ms":0,"projects":{"shop":["a","b"]}}]})"};
    Input password("pass word\r\nmore"), empty("\n"), other("next\n");
    CHECK(user_add_command({.user_name = "ann", .project = "shop", .roles = {"a"}}, server.remote(), password.file).status == 0);
    CHECK(server.asked.back().body == R"({"name":"ann","project":"shop","roles":["a"],"password":"pass word"})");
    CHECK(user_add_command({.user_name = "ann", .roles = {"a"}}, server.remote(), empty.file).status == 2);
    CHECK(user_list_command({}, server.remote()).out.find("ann   enabled  1970-01-01T00:00:00Z  shop: a, b") != std::string::npos);
    CHECK(user_passwd_command({.user_name = "a+b"}, server.remote(), other.file).status == 0);
    CHECK(server.asked.back().path == "/api/v1/belfry/users/a%2Bb");
    server.status = 404;
    server.body = R"({"error":"there is no user zoe"})";
    CHECK(user_remove_command({.user_name = "zoe"}, server.remote()).status == 1);
}

TEST_CASE("alarms are listed, shown and told about in words") {
    FakeServer server{.body = R"({"counts":{"ALARM":1,"UNDETERMINED":0,"OK":2},"total":1,"alarms":[
        {"id":"0123456789","state":"ALARM","severity":"HIGH","since_ms":1000,"name":"disk","labels":{"host":"a"},
         "acknowledged":{"by":"ana"},"muted_until_ms":null}]})"};
    Outcome outcome = alarms_list_command({.expression = "disk", .state = "ALARM"}, server.remote());
    CHECK(server.asked[0].path == "/api/v1/belfry/alarms?limit=1000&state=ALARM&q=disk");
    CHECK(outcome.out.find("01234567  ALARM  HIGH") != std::string::npos);
    CHECK(outcome.out.find("acknowledged by ana") != std::string::npos);
    CHECK(outcome.out.ends_with("1 ring, 0 without data, 2 OK\n"));
    server.asked.clear();
    CHECK(alarms_list_command({.json = true}, server.remote()).out.starts_with("{"));
    // the beginning of an id is enough when it fits one alarm
    server.asked.clear();
    CHECK(alarms_show_command({.alarm_id = "0123"}, server.remote()).status == 0);
    CHECK(server.asked[1].path == "/api/v1/belfry/alarms/0123456789");
    CHECK(alarms_show_command({.alarm_id = "777"}, server.remote()).status == 1);
    server = {.body = R"({"entries":[{"at_ms":1000,"kind":"transition","old":"OK","new":"ALARM","by":"","reason":"hot"}]})"};
    const std::string id(36, 'a');
    CHECK(alarms_history_command({.alarm_id = id}, server.remote()).out.find("OK -> ALARM") != std::string::npos);
}

TEST_CASE("acknowledging and muting say why and how long, and can be withdrawn") {
    ManualClock clock(1'000);
    FakeServer server{.body = R"({"name":"disk"})"};
    const std::string id(36, 'a');
    using config::Command;
    CHECK(alarms_quiet_command({.command = Command::alarms_ack, .alarm_id = id}, server.remote(), clock).status == 2);
    CHECK(alarms_quiet_command({.command = Command::alarms_mute, .alarm_id = id, .reason = "x"}, server.remote(), clock).status == 2);
    CHECK(server.asked.empty());
    CHECK(alarms_quiet_command({.command = Command::alarms_ack, .alarm_id = id, .reason = "on it"}, server.remote(), clock).out ==
          "disk is acknowledged.\n");
    CHECK(server.asked[0].body == R"({"reason":"on it"})");
    CHECK(alarms_quiet_command({.command = Command::alarms_mute, .expires = "2h", .alarm_id = id, .reason = "x"}, server.remote(), clock)
              .status == 0);
    CHECK(server.asked[1].body == R"({"reason":"x","until_ms":7201000})");
    CHECK(alarms_quiet_command({.command = Command::alarms_mute, .remove = true, .alarm_id = id}, server.remote(), clock).out ==
          "disk is no longer muted.\n");
    CHECK(server.asked[2].method == "DELETE");
}

TEST_CASE("a test message tells whether it arrived") {
    FakeServer server{.body = R"({"ok":false,"took_ms":3,"detail":"refused","definition":{"alarm_actions":["m1"]},"name":"mail"})"};
    Outcome outcome = alarms_test_command({.alarm_id = std::string(36, 'a')}, server.remote());
    CHECK(outcome.status == 1);
    CHECK(outcome.out.find("mail    no  refused") != std::string::npos);
    server.body = R"({"ok":true,"took_ms":3,"detail":"","methods":[{"id":"m1","name":"mail"}]})";
    server.asked.clear();
    outcome = notify_test_command({.method = "mail"}, server.remote());
    CHECK(outcome.out == "mail: arrived (3 ms)\n");
    CHECK(server.asked[1].path == "/api/v1/belfry/notification-methods/m1/test");
}
