#include "ingest/influx/listener.h"

#include "base/json.h"
#include "ingest/influx/decode.h"
#include "support/recording_sink.h"

#include <doctest/doctest.h>

using namespace belfry;

namespace {

constexpr int64_t NOW_MS = 1'795'348'800'000;
using Query = std::vector<std::pair<std::string, std::string>>;

struct Fixture {
    ManualClock clock{NOW_MS};
    ingest::ReceiverStats stats{clock, "influx_test", "Influx", ""};
    tests::RecordingSink recorder;
    http::Router router;
    Fixture() { ingest::influx::register_routes(router, clock, recorder.sink(), stats); }

    http::Response send(const std::string& method, const std::string& path, std::string body, const Query& query = {}) {
        http::Request request;
        request.method = method;
        request.path = path;
        request.body = std::move(body);
        for (const auto& [name, value] : query)
            request.query.add(name, value);
        return router.find(method, path).route->handler(request);
    }
    http::Response post(std::string body, const Query& query = {}, const std::string& path = "/write") {
        return send("POST", path, std::move(body), query);
    }
    [[nodiscard]] std::vector<std::string> series() const {
        std::vector<std::string> out;
        for (const auto& row : recorder.rows)
            out.push_back(row.series);
        return out;
    }
};

std::string error_of(const http::Response& answer) {
    const Result<JsonView> json = JsonView::parse(answer.body);
    return json.ok() ? json->string_or("error", json->string_or("message", "")) : "";
}

}  // namespace

TEST_CASE("a line is a sample a field, named measurement_field, and value is the measurement itself") {
    Fixture f;
    CHECK(f.post("cpu,host=a,core=0 idle=99.5,busy=1i,n=7u,up=true,down=F 1795348800000000000\ntemp value=-2.5e1\n")
              .status == 204);
    CHECK(f.series() == std::vector<std::string>{R"(cpu_idle{core="0",host="a"})", R"(cpu_busy{core="0",host="a"})",
                                                 R"(cpu_n{core="0",host="a"})", R"(cpu_up{core="0",host="a"})",
                                                 R"(cpu_down{core="0",host="a"})", "temp"});
    const std::vector<double> values{99.5, 1, 7, 1, 0, -25};
    for (size_t i = 0; i < values.size(); i++)
        CHECK(f.recorder.rows[i].value == values[i]);
    CHECK(f.recorder.rows[0].time_ms == NOW_MS);
    CHECK(f.recorder.rows[5].time_ms == NOW_MS);
    CHECK(f.stats.snapshot().records_total == 6);
}

TEST_CASE("every precision becomes milliseconds, rounded down") {
    const std::vector<std::tuple<std::string, std::string, int64_t>> cases{
        {"", "1999999", 1}, {"n", "1999999", 1}, {"ns", "-1", -1},    {"u", "1999", 1},     {"us", "2000", 2},
        {"ms", "7", 7},     {"s", "7", 7'000},   {"m", "7", 420'000}, {"h", "2", 7'200'000}};
    for (const auto& [precision, time, ms] : cases) {
        CAPTURE(precision);
        Fixture f;
        CHECK(f.post("m v=1 " + time, {{"precision", precision}}).status == 204);
        REQUIRE(f.recorder.rows.size() == 1);
        CHECK(f.recorder.rows[0].time_ms == ms);
    }
    Fixture f;
    CHECK(f.post("m v=1 9223372036854775807", {{"precision", "h"}}).status == 400);
    const http::Response answer = f.post("m v=1 1", {{"precision", "fortnight"}});
    CHECK(answer.status == 400);
    CHECK(error_of(answer).find("fortnight") != std::string::npos);
}

TEST_CASE("escapes, comments, blank lines and line ends") {
    Fixture f;
    CHECK(f.post("# comment, not = a line\n\n  \r\nmy\\ disk\\,x,pa\\=th=C:\\dir\\ a\\,b,u\\ k=\\\\srv us\\ ed=1 "
                 "5000000\r\n\tm v=2")
              .status == 204);
    CHECK(f.series() == std::vector<std::string>{R"(my disk,x_us ed{pa=th="C:\\dir a,b",u k="\\\\srv"})", "m_v"});
    CHECK(f.recorder.rows[0].time_ms == 5);
}

TEST_CASE("UTF-8 names stay as they are") {
    Fixture f;
    CHECK(f.post("température,café=crème größe=1\n").status == 204);
    REQUIRE(f.recorder.rows.size() == 1);
    CHECK(f.recorder.rows[0].series.find("température_größe") != std::string::npos);
    CHECK(f.recorder.refused_series.empty());
}

TEST_CASE("text fields are counted, the others of the line are kept, the answer is 204") {
    Fixture f;
    CHECK(f.post("sys format=\"5:00, a=b\nc\\\"d\",up=3i 1000000\nsys only=\"x\"\nlast v=1\n").status == 204);
    CHECK(f.series() == std::vector<std::string>{"sys_up", "last_v"});
    CHECK(f.recorder.rows[0].time_ms == 1);
    const ingest::ReceiverSnapshot stats = f.stats.snapshot();
    CHECK(stats.refused_total == 2);
    REQUIRE(stats.refusals.size() == 1);
    CHECK(stats.refusals[0].reason == "text_field");
    CHECK(stats.refusals[0].sample.starts_with("format=\"5:00"));
}

TEST_CASE("db becomes a label, but for a tag of that name; a bucket is its db/rp") {
    Fixture f;
    CHECK(f.post("m,a=b v=1\nm,db=own v=1\n", {{"db", "telegraf"}, {"rp", "x"}, {"u", "me"}, {"p", "secret"}}).status ==
          204);
    CHECK(f.post("m v=1", {{"bucket", "metrics/autogen"}, {"org", "o"}}, "/influx/api/v2/write").status == 204);
    CHECK(f.series() ==
          std::vector<std::string>{R"(m_v{a="b",db="telegraf"})", R"(m_v{db="own"})", R"(m_v{db="metrics"})"});
}

TEST_CASE("a bad line is named with its number and the good ones are kept") {
    Fixture f;
    http::Response answer = f.post("a v=1\nt s=\"x\ny\"\nb v=oops\nc v=3\nd\n");
    CHECK(answer.status == 400);
    CHECK(error_of(answer).starts_with("partial write: line 4: "));
    CHECK(error_of(answer).find("2 lines refused, 2 samples taken") != std::string::npos);
    CHECK(f.series() == std::vector<std::string>{"a_v", "c_v"});
    CHECK(f.stats.snapshot().refusals[0].sample == "b v=oops");
    answer = f.post("nonsense\n");
    CHECK(error_of(answer).starts_with("unable to parse: line 1: "));
    answer = f.post("ok v=1\nnonsense\n", {}, "/api/v2/write");
    CHECK(answer.status == 400);
    const JsonView json = *JsonView::parse(answer.body);
    CHECK(json.string_or("code", "") == "invalid");
    CHECK(json.int_or("line", 0) == 2);
}

TEST_CASE("what is no line is refused with a reason, whole") {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"m", "fields are missing"},
        {"m ", "fields are missing"},
        {",t=1 v=1", "the measurement is missing"},
        {"m,t v=1", "has no value"},
        {"m,=x v=1", "without a name"},
        {"m,t= v=1", "empty value"},
        {"m,t=a=b v=1", "second ="},
        {"m, v=1", "has no value"},
        {"m v", "has no value"},
        {"m v=", "is not a number"},
        {"m =1", "without a name"},
        {"m v=1,", "without a name"},
        {"m v=1,,w=2", "without a name"},
        {"m v=1x", "is not a number"},
        {"m v=nan", "is not a number"},
        {"m v=Inf", "is not a number"},
        {"m v=0x10", "is not a number"},
        {"m v=1e999", "is not a number"},
        {"m v=9223372036854775808i", "is not a number"},
        {"m v=-1u", "is not a number"},
        {"m v=1.5i", "is not a number"},
        {"m v=i", "is not a number"},
        {"m v=tRUE", "is not a number"},
        {"m v=\"open", "not closed"},
        {"m v=\"x\"y", "a comma or a space"},
        {"m v=1 12 13", "is not a timestamp"},
        {"m v=1 1.5", "is not a timestamp"},
        {"m v=1 99999999999999999999", "is not a timestamp"},
        {std::string("m,t=") + std::string(70'000, 'x') + " v=1", "65535 bytes"},
        {"m v=\"" + std::string(70'000, 'x') + "\"", "not closed by a quote within 65536"}};
    for (const auto& [line, reason] : cases) {
        CAPTURE(line.substr(0, 100));
        Fixture f;
        const http::Response answer = f.post("first v=1\n" + line + "\nlast v=2\n");
        CHECK(answer.status == 400);
        CHECK(error_of(answer).find("line 2: ") != std::string::npos);
        CHECK(error_of(answer).find(reason) != std::string::npos);
        CHECK(f.series() == std::vector<std::string>{"first_v", "last_v"});
    }
}

TEST_CASE("one line cannot be blown up into many long series") {
    Fixture f;
    std::string fields = "f=1";
    for (size_t i = 1; i <= ingest::influx::FIELDS_MAX; i++)
        fields += ",f=1";
    CHECK(error_of(f.post("m " + fields)).find("10000 fields") != std::string::npos);
    CHECK(error_of(f.post("m,t=" + std::string(5'000, 'x') + " " + fields)).find("times fields") != std::string::npos);
    CHECK(f.recorder.rows.empty());
}

TEST_CASE("many unclosed texts are refused in time that grows with their bytes") {
    Fixture f;
    std::string body;
    for (int i = 0; i < 20'000; i++)
        body += "m v=\"\\\"\n";
    CHECK(f.post(body).status == 400);
    CHECK(f.recorder.rows.empty());
}

TEST_CASE("large writes go in batches; a full queue is 429 with Retry-After in the shape of either API") {
    Fixture f;
    std::string body;
    for (int i = 0; i < 25'000; i++)
        body += "m,i=" + std::to_string(i) + " v=1\n";
    CHECK(f.post(body).status == 204);
    CHECK(f.recorder.writes == 3);
    CHECK(f.recorder.rows.size() == 25'000);
    CHECK(f.recorder.rows[24'999].series == R"(m_v{i="24999"})");
    f.recorder.error = make_error(Code::exhausted, "the queue is full");
    http::Response answer = f.post(body);
    CHECK(answer.status == 429);
    CHECK(answer.has_header("Retry-After"));
    CHECK(error_of(answer).find("the queue is full") != std::string::npos);
    CHECK(error_of(answer).find("partial write") == std::string::npos);
    answer = f.post(body + "bad\n", {}, "/api/v2/write");
    CHECK(answer.status == 429);
    CHECK(JsonView::parse(answer.body)->string_or("code", "") == "too many requests");
}

TEST_CASE("samples that the writer refuses are a partial write; over the series limit they may come again") {
    Fixture f;
    f.recorder.outcome.rejected_samples = 1;
    f.recorder.outcome.rejected[static_cast<size_t>(ingest::Refusal::too_old)] = 1;
    f.recorder.outcome.first_reason = ingest::Refusal::too_old;
    f.recorder.outcome.first_message = "sample at 1 is too old";
    CHECK(error_of(f.post("m v=1\n")).starts_with("partial write: 1 of 2 samples refused"));
    f.recorder.outcome.rejected[static_cast<size_t>(ingest::Refusal::series_limit)] = 1;
    CHECK(f.post("m v=1\nbad\n").status == 429);
}

TEST_CASE("ping and the two statements that telegraf asks for") {
    Fixture f;
    for (const char* path : {"/ping", "/influx/ping"}) {
        const http::Response answer = f.send("GET", path, "");
        CHECK(answer.status == 204);
        CHECK(answer.has_header("X-Influxdb-Version"));
    }
    CHECK(f.send("GET", "/ping", "", {{"verbose", "true"}}).body.find("version") != std::string::npos);
    for (const char* text :
         {"CREATE DATABASE \"telegraf\"", "create database x;", "SHOW DATABASES", " show\tdatabases ; "}) {
        CAPTURE(text);
        CHECK(f.send("POST", "/query", "", {{"q", text}}).body == R"({"results":[{"statement_id":0}]})");
    }
    for (const char* text :
         {"", "SELECT * FROM cpu", "CREATE DATABASE", "CREATE DATABASE x; DROP DATABASE y", "SHOW DATABASES x"}) {
        CAPTURE(text);
        const http::Response answer = f.send("GET", "/influx/query", "", {{"q", text}});
        CHECK(answer.status == 400);
        CHECK(error_of(answer).find("PromQL") != std::string::npos);
    }
}
