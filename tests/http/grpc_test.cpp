#include "http/grpc.h"

#include "codec/compress.h"
#include "http/health.h"
#include "http/stats.h"
#include "support/h2_client.h"

#include <doctest/doctest.h>

namespace belfry::http {
namespace {

using tests::H2Client;
using tests::HttpFixture;

constexpr GrpcLimits LIMITS{.message_bytes_max = 2 << 20, .ratio_max = 100};

void add_methods(HttpFixture& f) {
    add_grpc_method(
        f.router, "/test.Echo/Say", Access::ingest,
        [](const Request& r, std::string_view m) {
            return GrpcReply{.body = r.identity.tenant + ":" + std::string(m)};
        },
        LIMITS);
    add_grpc_method(
        f.router, "/test.Echo/Refuse", Access::ingest,
        [](const Request&, std::string_view) {
            return GrpcReply::refuse(GrpcCode::unavailable, "später: 100 % voll\n", 2500);
        },
        LIMITS);
    add_grpc_method(
        f.router, "/test.Echo/Throw", Access::ingest,
        [](const Request&, std::string_view) -> GrpcReply { throw std::runtime_error("boom"); }, LIMITS);
    add_grpc_method(
        f.router, "/test.Echo/Admin", Access::change, [](const Request&, std::string_view) { return GrpcReply{}; },
        LIMITS);
}

TEST_CASE("a unary call is answered with a message and its status in the trailers") {
    HttpFixture f;
    add_methods(f);
    f.start();
    H2Client c(f.port());
    auto answer = c.call("/test.Echo/Say", "hello", {{"x-scope-orgid", "shop"}});
    CHECK(answer.status == 200);
    CHECK(answer.headers["content-type"] == "application/grpc");
    CHECK(answer.body == "shop:hello");
    CHECK(answer.trailers["grpc-status"] == "0");
    CHECK(answer.headers["grpc-accept-encoding"] == "identity,gzip,deflate,zstd,snappy");
    answer = c.call("/test.Echo/Say", "");
    CHECK(answer.body == "default:");
}

TEST_CASE("refusals of a method and of the front door are statuses of gRPC") {
    HttpFixture f;
    add_methods(f);
    f.config.body_bytes_max = 100'000;
    f.start();
    H2Client c(f.port());
    auto answer = c.call("/test.Echo/Refuse", "x");
    CHECK(answer.status == 200);
    CHECK(answer.trailers["grpc-status"] == "14");
    CHECK(answer.trailers["grpc-message"] == "sp%C3%A4ter: 100 %25 voll%0A");
    CHECK(answer.trailers["grpc-status-details-bin"].size() > 60);
    CHECK(c.call("/test.Nope/Say", "x").trailers["grpc-status"] == "12");
    CHECK(c.call("/test.Echo/Admin", "x").trailers["grpc-status"] == "16");
    CHECK(c.call("/test.Echo/Say", "x", {{"authorization", "Bearer wrong"}}).trailers["grpc-status"] == "16");
    CHECK(c.call("/test.Echo/Say", "x", {{":authority", "evil.example"}}).trailers["grpc-status"] == "7");
    CHECK(c.call("/test.Echo/Throw", "x").trailers["grpc-status"] == "13");
    answer = c.call("/test.Echo/Say", std::string(200'000, 'x'));
    CHECK(answer.trailers["grpc-status"] == "8");
    CHECK(answer.trailers["grpc-message"].find("http.body_bytes_max") != std::string::npos);
    CHECK(c.post("/test.Echo/Say", "x").status == 415);                                        // not a call of gRPC
    CHECK(f.post("/test.Echo/Say", "x", "Content-Type: application/grpc\r\n").status == 415);  // HTTP/1.1
    CHECK(grpc_requests_total.at({"/test.Echo/Refuse", "14"}).value() > 0);
}

TEST_CASE("messages may be compressed in every known way, within limits") {
    HttpFixture f;
    add_methods(f);
    f.start();
    H2Client c(f.port());
    const H2Client::Fields head = {{"content-type", "application/grpc+proto"}, {"te", "trailers"}};
    const std::string text(3000, 'z');
    for (const auto coding :
         {codec::Coding::gzip, codec::Coding::deflate, codec::Coding::zstd, codec::Coding::snappy}) {
        auto fields = head;
        fields.emplace_back("grpc-encoding", codec::to_string(coding));
        fields.emplace_back("grpc-accept-encoding", "gzip");
        auto answer = c.post("/test.Echo/Say", write_grpc_frame(codec::compress(coding, text), true), fields);
        CAPTURE(codec::to_string(coding));
        REQUIRE(answer.trailers["grpc-status"] == "0");
        CHECK(answer.headers["grpc-encoding"] == "gzip");
        const auto frame = read_grpc_frame(answer.body);
        REQUIRE(frame.ok());
        CHECK(codec::decompress(codec::Coding::gzip, frame->message).value() == "default:" + text);
    }
    auto fields = head;
    fields.emplace_back("grpc-encoding", "lzma");
    CHECK(c.post("/test.Echo/Say", write_grpc_frame("x", true), fields).headers["grpc-status"] == "12");
    fields.back().second = "gzip";
    CHECK(c.post("/test.Echo/Say", write_grpc_frame("x", true), fields).headers["grpc-status"] == "3");
    const std::string bomb = codec::compress(codec::Coding::gzip, std::string(3 << 20, 'z'));
    CHECK(c.post("/test.Echo/Say", write_grpc_frame(bomb, true), fields).headers["grpc-status"] == "8");
    CHECK(c.post("/test.Echo/Say", write_grpc_frame(std::string(3 << 20, 'z')), head).headers["grpc-status"] == "8");
    CHECK(c.post("/test.Echo/Say", "", head).headers["grpc-status"] == "13");
    CHECK(c.post("/test.Echo/Say", write_grpc_frame("a") + write_grpc_frame("b"), head).headers["grpc-status"] == "13");
}

TEST_CASE("the health service tells whether the server is ready, and knows its services") {
    HttpFixture f;
    Readiness readiness;
    add_methods(f);
    add_grpc_health(f.router, readiness, LIMITS);
    f.start();
    H2Client c(f.port());
    const std::string path = "/grpc.health.v1.Health/Check";
    CHECK(c.call(path, "").body == std::string("\x08\x01", 2));
    CHECK(c.call(path, "\x0a\x09test.Echo").body == std::string("\x08\x01", 2));
    readiness.hold("log", "replay");
    CHECK(c.call(path, "").body == std::string("\x08\x02", 2));
    CHECK(c.call(path, "\x0a\x04nope").trailers["grpc-status"] == "5");
    CHECK(c.call(path, "\x0a\x7f").trailers["grpc-status"] == "3");
    CHECK(c.call("/grpc.health.v1.Health/Watch", "").trailers["grpc-status"] == "12");
}

TEST_CASE("a call whose deadline has passed is not run") {
    HttpFixture f;
    add_methods(f);
    f.start();
    H2Client c(f.port());
    CHECK(c.call("/test.Echo/Say", "x", {{"grpc-timeout", "0m"}}).trailers["grpc-status"] == "4");
    CHECK(c.call("/test.Echo/Say", "x", {{"grpc-timeout", "10S"}}).trailers["grpc-status"] == "0");
}

TEST_CASE("grpc-timeout and grpc-message follow the specification") {
    CHECK(parse_grpc_timeout_ms("100m") == 100);
    CHECK(parse_grpc_timeout_ms("2S") == 2000);
    CHECK(parse_grpc_timeout_ms("1H") == 3'600'000);
    CHECK(parse_grpc_timeout_ms("99999999H") == 365LL * 86'400'000);
    CHECK(parse_grpc_timeout_ms("5000u") == 5);
    CHECK(!parse_grpc_timeout_ms("123456789S"));
    CHECK(!parse_grpc_timeout_ms("S"));
    CHECK(!parse_grpc_timeout_ms("1"));
    CHECK(!parse_grpc_timeout_ms("-1S"));
    CHECK(encode_grpc_message("a b\t%") == "a b%09%25");
    CHECK(!read_grpc_frame("").ok());
    CHECK(!read_grpc_frame(std::string("\2\0\0\0\0", 5)).ok());
    CHECK(!read_grpc_frame(std::string("\0\0\0\0\2x", 6)).ok());
}

}  // namespace
}  // namespace belfry::http
