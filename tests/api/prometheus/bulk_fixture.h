#pragma once

#include "api/prometheus/bulk_api.h"
#include "codec/compress.h"
#include "codec/protobuf.h"
#include "support/memory_source.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

namespace belfry::api {

class MetadataAdmin : public MetricAdmin {
  public:
    std::vector<model::MetricMetadata> rows;
    [[nodiscard]] TsdbStatus tsdb_status(std::string_view, size_t) const override { return {}; }
    [[nodiscard]] std::vector<model::MetricMetadata> metadata(std::string_view,
                                                              std::string_view,
                                                              size_t) const override {
        return rows;
    }
    [[nodiscard]] MetricList metrics(std::string_view, std::string_view, size_t) const override { return {}; }
    [[nodiscard]] Status compact() override { return {}; }
    [[nodiscard]] bool ready() const override { return true; }
};

/// The ways out over series in memory, at 1000 s.
struct BulkServer {
    explicit BulkServer(BulkConfig config = {}, const model::Labels& external = {})
        : api(source, admin, clock, {.config = std::move(config), .external_labels = external}) {
        api.add_routes(router);
    }

    /// The whole of the answer, whatever its parts.
    http::Response send(http::Request request) {
        const auto match = router.find(request.method, request.path);
        REQUIRE(match.route != nullptr);
        http::Response out = match.route->handler(request);
        parts = 1;
        for (bool more = static_cast<bool>(out.more); more; ++parts) {
            auto next = out.more(out.body);
            REQUIRE(next.ok());
            more = *next;
        }
        return out;
    }
    http::Response get(const std::string& path,
                       const std::vector<std::pair<std::string, std::string>>& params,
                       const std::string& accept = "") {
        http::Request request;
        request.method = "GET";
        request.path = path;
        if (!accept.empty()) request.headers["accept"] = accept;
        for (const auto& [name, value] : params)
            request.query.add(name, value);
        return send(std::move(request));
    }
    http::Response read(const std::string& message) {
        http::Request request;
        request.method = "POST";
        request.path = "/api/v1/read";
        request.content_encoding = "snappy";
        request.body = codec::compress(codec::Coding::snappy, message);
        return send(std::move(request));
    }

    ManualClock clock{1'000'000};
    test::MemorySource source;
    MetadataAdmin admin;
    http::Router router;
    BulkApi api;
    size_t parts = 0;
};

struct TestMatcher {
    uint64_t type = 0;
    std::string name;
    std::string value;
};

inline std::string read_query(int64_t start_ms,
                              int64_t end_ms,
                              const std::vector<TestMatcher>& matchers,
                              const std::string& hints = "") {
    std::string out;
    codec::ProtoWriter fields(out);
    fields.int64(1, start_ms);
    fields.int64(2, end_ms);
    for (const TestMatcher& m : matchers) {
        std::string one;
        codec::ProtoWriter matcher(one);
        matcher.varint(1, m.type);
        matcher.bytes(2, m.name);
        matcher.bytes(3, m.value);
        fields.bytes(3, one);
    }
    if (!hints.empty()) fields.bytes(4, hints);
    return out;
}

inline std::string read_request(const std::vector<std::string>& queries, const std::vector<uint64_t>& accepted = {}) {
    std::string out;
    codec::ProtoWriter fields(out);
    for (const auto& query : queries)
        fields.bytes(1, query);
    for (const uint64_t type : accepted)
        fields.varint(2, type);
    return out;
}

}  // namespace belfry::api
