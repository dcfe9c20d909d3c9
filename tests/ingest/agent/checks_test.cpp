#include "base/file.h"
#include "base/json.h"
#include "ingest/agent/check.h"
#include "ingest/agent/runner.h"
#include "support/http_fixture.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>

using namespace belfry;
using namespace belfry::ingest::agent;

namespace {

struct Fixture {
    CheckContext context{.clock = system_clock(), .hostname = "web01", .period_ms = 30'000, .files_max = 100};

    Result<std::vector<CheckInstance>> parse(const std::string& text, const std::string& file = "checks.yaml") const {
        return parse_checks(text, file, context);
    }
    /// What the only check of the text finds; `failed` its error.
    Measurements run(const std::string& text, std::string* failed = nullptr) const {
        const auto instances = parse(text);
        REQUIRE_MESSAGE(instances.ok(), (instances.ok() ? "" : instances.error().message));
        REQUIRE(instances->size() == 1);
        auto check = make_check((*instances)[0], context);
        REQUIRE_MESSAGE(check.ok(), (check.ok() ? "" : check.error().message));
        Measurements out;
        const Status done = check->check->run(out);
        if (failed != nullptr)
            *failed = done.ok() ? "" : done.error().message;
        else
            CHECK_MESSAGE(done.ok(), (done.ok() ? "" : done.error().message));
        return out;
    }
    std::string refusal(const std::string& text) const {
        const auto instances = parse(text);
        if (!instances.ok()) return instances.error().message;
        auto check = make_check(instances->at(0), context);
        return check.ok() ? "" : check.error().message;
    }
};

const Measurement* named(const Measurements& all, std::string_view name) {
    for (const Measurement& m : all)
        if (m.name == name) return &m;
    return nullptr;
}

uint16_t closed_port() {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(fd, reinterpret_cast<sockaddr*>(&address), size);
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    ::close(fd);
    return ntohs(address.sin_port);
}

}  // namespace

TEST_CASE("checks come from one file for all or from a file a plugin, as monasca-agent has them") {
    Fixture f;
    const auto one = f.parse(
        "http_check:\n  init_config: null\n  instances:\n  - name: a\n    url: http://h/\n    collect_period: 60\n"
        "tcp_check:\n  instances:\n  - host: h\n    port: 1\n");
    REQUIRE(one.ok());
    REQUIRE(one->size() == 2);
    CHECK((*one)[0].plugin == "http_check");
    CHECK((*one)[0].period_ms == 60'000);
    CHECK((*one)[1].period_ms == 30'000);
    const auto two =
        f.parse("init_config:\n  timeout: 2\ninstances:\n- host: h\n  port: 1\n", "/etc/checks/tcp_check.yaml");
    REQUIRE(two.ok());
    CHECK(two->at(0).plugin == "tcp_check");
    CHECK(f.parse("")->empty());
    CHECK(f.parse("http_check:\n  instances: null\n")->empty());
    for (const char* bad : {"[]", "wrong_check:\n  instances: []\n", "http_check:\n  instances: 1\n",
                            "http_check:\n  instances:\n  - a\n", "http_check:\n  instances:\n  - collect_period: -1\n",
                            "a: [", "- a: b"})
        CHECK_FALSE(f.parse(bad).ok());
}

TEST_CASE("what is wrong with a check is told with its place") {
    Fixture f;
    CHECK(f.refusal("http_check:\n  instances:\n  - name: a\n").find("checks.yaml:3: http_check: url is missing") !=
          std::string::npos);
    for (const char* bad :
         {"http_check:\n  instances:\n  - url: http://h\n",
          "http_check:\n  instances:\n  - {name: a, url: 'ftp://h'}\n",
          "http_check:\n  instances:\n  - {name: a, url: 'http://h', match_pattern: '('}\n",
          "http_check:\n  instances:\n  - {name: a, url: 'http://h', timeout: 0}\n",
          "http_check:\n  instances:\n  - {name: a, url: 'http://h', headers: {a: \"b\\nc\"}}\n",
          "http_check:\n  instances:\n  - {name: a, url: 'http://h', use_keystone: true}\n",
          "tcp_check:\n  instances:\n  - {host: h}\n", "tcp_check:\n  instances:\n  - {host: h, port: 70000}\n",
          "host_alive:\n  instances:\n  - {host_name: h, alive_test: guess}\n",
          "cert_check:\n  instances:\n  - {url: 'http://h'}\n", "process:\n  instances:\n  - {name: a}\n",
          "directory:\n  instances:\n  - {name: a}\n", "file_size:\n  instances:\n  - {directory_name: a}\n",
          "ntp:\n  instances:\n  - {version: 9}\n", "prometheus:\n  instances:\n  - {a: b}\n"})
        CHECK_MESSAGE(f.refusal(bad) != "", bad);
}

TEST_CASE("http_check tells 0 or 1, why, and how long it took") {
    tests::HttpFixture peer;
    peer.router.add("GET", "/up", http::Access::open, [](const http::Request& r) {
        return http::json_response("all is well, " + std::string(r.header("x-a")));
    });
    peer.router.add("GET", "/down", http::Access::open,
                    [](const http::Request&) { return http::error_response(500, "x", "y"); });
    peer.start();
    const std::string base = "http://127.0.0.1:" + std::to_string(peer.port());
    Fixture f;
    const auto check = [&](const std::string& path, const std::string& more = "") {
        return f.run("http_check:\n  instances:\n  - {name: a, url: '" + base + path +
                     "', collect_response_time: true, dimensions: {service: shop}" + more + "}\n");
    };
    auto found = check("/up", ", headers: {X-A: b}, match_pattern: 'well.*b'");
    REQUIRE(named(found, "http_status") != nullptr);
    CHECK(named(found, "http_status")->value == 0);
    CHECK(named(found, "http_status")->dimensions ==
          Dimensions{{"hostname", "web01"}, {"service", "shop"}, {"url", base + "/up"}});
    CHECK(value_meta(*named(found, "http_status")).empty());
    REQUIRE(named(found, "http_response_time") != nullptr);
    CHECK(named(found, "http_response_time")->value > 0);
    found = check("/up", ", match_pattern: 'ill'");
    CHECK(named(found, "http_status")->value == 1);
    found = check("/down");
    CHECK(named(found, "http_status")->value == 1);
    CHECK(JsonView::parse(value_meta(*named(found, "http_status")))->string_or("error", "").find("status 500") !=
          std::string::npos);
    found = f.run("http_check:\n  instances:\n  - {name: a, url: 'http://127.0.0.1:" + std::to_string(closed_port()) +
                  "'}\n");
    CHECK(named(found, "http_status")->value == 1);
    CHECK(named(found, "http_response_time") == nullptr);
}

TEST_CASE("a long error stays a value_meta that Monasca takes") {
    const Measurement m{
        .name = "a", .dimensions = {}, .value = 1, .time_ms = 1, .error = std::string(5000, '\xc3') + "x"};
    CHECK(value_meta(m).size() <= 2048);
    CHECK(JsonView::parse(value_meta({"a", {}, 1, 1, std::string(1023, 'a') + "\xc3\xa4"})).ok());
}

TEST_CASE("prometheus scrapes into names and dimensions, without NaN and empty labels") {
    tests::HttpFixture peer;
    peer.router.add("GET", "/metrics", http::Access::open, [](const http::Request&) {
        http::Response out;
        out.content_type = "text/plain; version=0.0.4";
        out.body = "# TYPE a counter\na{x=\"1\",y=\"\"} 2\nb NaN\nc 3\n";
        return out;
    });
    peer.start();
    Fixture f;
    const std::string url = "http://127.0.0.1:" + std::to_string(peer.port()) + "/metrics";
    const auto found =
        f.run("prometheus:\n  instances:\n  - {metric_endpoint: '" + url + "', default_dimensions: {app: shop}}\n");
    REQUIRE(found.size() == 2);
    CHECK(found[0].name == "a");
    CHECK(found[0].dimensions == Dimensions{{"app", "shop"}, {"x", "1"}});
    CHECK(f.run("prometheus:\n  instances:\n  - {metric_endpoint: '" + url + "', whitelist: [c]}\n").size() == 1);
    std::string failed;
    CHECK(f.run("prometheus:\n  instances:\n  - {metric_endpoint: '" + url + "x'}\n", &failed).empty());
    CHECK(failed.find("404") != std::string::npos);
}

TEST_CASE("tcp_check and host_alive connect, and read the banner of SSH") {
    tests::HttpFixture peer;
    peer.start();
    Fixture f;
    const std::string open = std::to_string(peer.port()), closed = std::to_string(closed_port());
    auto found =
        f.run("tcp_check:\n  instances:\n  - {host: 127.0.0.1, port: " + open + ", collect_response_time: true}\n");
    CHECK(named(found, "network.tcp.status")->value == 0);
    CHECK(named(found, "network.tcp.response_time") != nullptr);
    found = f.run("tcp_check:\n  instances:\n  - {host: 127.0.0.1, port: " + closed + "}\n");
    CHECK(named(found, "network.tcp.status")->value == 1);
    CHECK(found[0].error.find("down") != std::string::npos);
    found = f.run("host_alive:\n  instances:\n  - {host_name: 127.0.0.1, alive_test: tcp, port: " + open + "}\n");
    CHECK(named(found, "host_alive_status")->value == 0);
    CHECK(found[0].dimensions.at("target_host") == "127.0.0.1");
    // nobody greets first on this port: the time is up
    found = f.run("host_alive:\n  init_config: {ssh_port: " + open +
                  ", ssh_timeout: 0.02}\n  instances:\n  - {host_name: 127.0.0.1, alive_test: ssh}\n");
    CHECK(named(found, "host_alive_status")->value == 1);
    // ping may be forbidden to us; then it says so and nothing about the host
    std::string failed;
    found = f.run("host_alive:\n  instances:\n  - {host_name: 127.0.0.1, alive_test: ping}\n", &failed);
    CHECK((found.empty() ? failed.find("ICMP") != std::string::npos : found[0].value == 0));
}

TEST_CASE("ntp tells the difference of the clocks, and takes no other answer for one") {
    const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0);
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    std::thread server([&] {
        for (const bool good : {true, false}) {
            char request[64];
            sockaddr_in from{};
            socklen_t from_size = sizeof from;
            if (::recvfrom(fd, request, sizeof request, 0, reinterpret_cast<sockaddr*>(&from), &from_size) != 48)
                return;
            std::string answer(48, '\0');
            answer[0] = good ? '\x1c' : '\x1b';  // mode 4: server
            answer[1] = 2;
            const auto seconds = static_cast<uint64_t>(system_clock().now_ms() / 1000 + 100 + 2'208'988'800);
            for (const size_t at : {size_t{32}, size_t{40}})
                for (size_t i = 0; i < 4; ++i)
                    answer[at + i] = static_cast<char>(seconds >> (24 - 8 * i));
            ::sendto(fd, answer.data(), answer.size(), 0, reinterpret_cast<sockaddr*>(&from), from_size);
        }
    });
    Fixture f;
    const std::string text =
        "ntp:\n  instances:\n  - {host: 127.0.0.1, port: " + std::to_string(ntohs(address.sin_port)) + "}\n";
    const auto found = f.run(text);
    REQUIRE(found.size() == 1);
    CHECK(found[0].name == "ntp.offset");
    CHECK(found[0].value > 98);
    CHECK(found[0].value < 101);
    std::string failed;
    CHECK(f.run(text, &failed).empty());
    CHECK(failed.find("NTP") != std::string::npos);
    server.join();
    ::close(fd);
}

TEST_CASE("processes are found by name or command line and measured") {
    Fixture f;
    const auto mine = f.run(
        "process:\n  instances:\n  - {name: me, search_string: ['unit-tests'], exact_match: false, detailed: true}\n");
    REQUIRE(named(mine, "process.pid_count") != nullptr);
    CHECK(named(mine, "process.pid_count")->value >= 1);
    CHECK(named(mine, "process.pid_count")->dimensions.at("process_name") == "me");
    CHECK(named(mine, "process.mem.rss_mbytes")->value > 1);
    CHECK(named(mine, "process.thread_count")->value >= 1);
    const auto none = f.run("process:\n  instances:\n  - {name: no, search_string: ['no such process']}\n");
    REQUIRE(none.size() == 1);
    CHECK(none[0].value == 0);
}

TEST_CASE("files of directories are counted and measured within a limit") {
    tests::TempDir dir;
    std::ofstream(dir.file("a.log")) << "12345";
    std::ofstream(dir.file("b.txt")) << "123";
    REQUIRE(real_file_system().make_dirs(dir.file("below")).ok());
    std::ofstream(dir.file("below/c.log")) << "1";
    const std::string path = dir.file("");
    Fixture f;
    const auto directory = [&](const std::string& more) {
        return f.run("directory:\n  instances:\n  - {directory: '" + path + "', name: d" + more + "}\n");
    };
    CHECK(directory("")[0].value == 2);
    CHECK(directory("")[1].value == 8);
    CHECK(directory(", recursive: true, pattern: '*.log'")[1].value == 6);
    auto sizes =
        f.run("file_size:\n  instances:\n  - {directory_name: '" + path + "', file_names: ['*'], recursive: true}\n");
    CHECK(sizes.size() == 3);
    std::string failed;
    sizes =
        f.run("file_size:\n  instances:\n  - {directory_name: '" + path + "', file_names: [a.log, gone]}\n", &failed);
    REQUIRE(sizes.size() == 1);
    CHECK(sizes[0].value == 5);
    CHECK(sizes[0].dimensions.at("file_name") == "a.log");
    CHECK(failed.find("gone") != std::string::npos);
    f.context.files_max = 1;
    CHECK(f.run("directory:\n  instances:\n  - {directory: '" + path + "'}\n", &failed).empty());
    CHECK(failed.find("agent.files_max") != std::string::npos);
}

namespace {

/// Runs until it is let go.
class Hanging final : public Check {
  public:
    explicit Hanging(std::atomic<bool>& go) : go_(go) {}
    Status run(Measurements&) override {
        go_.wait(false);
        return {};
    }

  private:
    std::atomic<bool>& go_;
};

class Counting final : public Check {
  public:
    Status run(Measurements& out) override {
        out.push_back({"n", {}, 1, 1, {}});
        return {};
    }
};

}  // namespace

TEST_CASE("a check that hangs delays no other") {
    static std::atomic<bool> go{false};
    std::atomic<int> found{0};
    std::vector<ScheduledCheck> checks;
    checks.push_back({"hanging", "a", 1, std::make_unique<Hanging>(go)});
    checks.push_back({"counting", "b", 1, std::make_unique<Counting>()});
    CheckRunner runner(system_clock(), std::move(checks), [&](const std::string& plugin, const Measurements& m) {
        if (plugin == "counting") found += static_cast<int>(m.size());
    });
    runner.start();
    CHECK(tests::eventually([&] { return found >= 5; }));
    go = true;
    go.notify_all();
    runner.stop();
    const int after = found;
    CHECK(found == after);
}
