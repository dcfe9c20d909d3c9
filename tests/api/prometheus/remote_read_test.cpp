#include "api/prometheus/remote_read_message.h"

#include "base/hash.h"
#include "api/prometheus/bulk_fixture.h"

namespace belfry::api {
namespace {

/// A message as text: "1:abc 2:5 3{...}" would need a schema; here one level is enough.
struct Field {
    uint32_t number = 0;
    uint64_t value = 0;
    std::string bytes;
};
std::vector<Field> fields_of(std::string_view message) {
    std::vector<Field> out;
    codec::ProtoReader reader(message);
    while (reader.next()) {
        Field field{.number = reader.field(), .value = 0, .bytes = {}};
        if (reader.wire() == codec::ProtoReader::Wire::bytes) field.bytes = reader.bytes();
        if (reader.wire() == codec::ProtoReader::Wire::varint) field.value = reader.uint64();
        if (reader.wire() == codec::ProtoReader::Wire::fixed64) field.value = reader.fixed64();
        out.push_back(std::move(field));
    }
    REQUIRE(reader.ok());
    return out;
}

std::string labels_text(const std::vector<Field>& series) {
    std::string out;
    for (const Field& field : series) {
        if (field.number != 1) continue;
        const auto pair = fields_of(field.bytes);
        out += pair[0].bytes + "=" + pair[1].bytes + " ";
    }
    return out;
}

/// Every series of a whole answer: labels, then time=value.
std::vector<std::string> whole(const http::Response& response) {
    REQUIRE(response.status == 200);
    const auto plain = codec::decompress(codec::Coding::snappy, response.body);
    REQUIRE(plain.ok());
    std::vector<std::string> out;
    for (const Field& result : fields_of(*plain)) {
        for (const Field& one : fields_of(result.bytes)) {
            const auto series = fields_of(one.bytes);
            std::string text = labels_text(series);
            for (const Field& field : series) {
                if (field.number == 2) {
                    const auto sample = fields_of(field.bytes);
                    text += fmt::format("{}={} ", sample[1].value, std::bit_cast<double>(sample[0].value));
                }
                if (field.number != 4) continue;
                text += "histogram";
                for (const Field& part : fields_of(field.bytes))
                    if (part.number == 1 || part.number == 15) text += fmt::format(" {}:{}", part.number, part.value);
            }
            out.push_back(text);
        }
    }
    return out;
}

/// Every frame: query, labels, number of chunks, samples of each, first and last time.
std::vector<std::string> frames(const std::string& body) {
    std::vector<std::string> out;
    ByteReader rest(body);
    while (!rest.done()) {
        uint64_t size = 0;
        std::string_view crc;
        std::string_view message;
        REQUIRE(rest.varint(&size));
        REQUIRE(rest.bytes(4, &crc));
        REQUIRE(rest.bytes(size, &message));
        CHECK(get_be32(crc.data()) == crc32c(message));
        const auto response = fields_of(message);
        const auto series = fields_of(response[0].bytes);
        std::string text = fmt::format("{} {}", response[1].value, labels_text(series));
        for (const Field& field : series) {
            if (field.number != 2) continue;
            const auto chunk = fields_of(field.bytes);
            const auto count = static_cast<uint8_t>(chunk[3].bytes[0]) << 8 | static_cast<uint8_t>(chunk[3].bytes[1]);
            text += fmt::format("[{}-{} type {} x{}]", chunk[0].value, chunk[1].value, chunk[2].value, count);
        }
        out.push_back(text);
    }
    return out;
}

void fill(BulkServer& server) {
    for (int64_t i = 1; i <= 250; ++i)
        server.source.add({{"__name__", "up"}, {"job", "a"}}, i * 1000, static_cast<double>(i));
    server.source.add({{"__name__", "up"}, {"job", "b"}}, 5'000, 7);
    server.source.add({{"__name__", "up"}, {"job", "b"}}, 6'000, model::stale_nan());
    server.source.add({{"__name__", "old"}}, 1, 1);
}

TEST_CASE("a remote read is answered whole when nothing else is accepted, with both ends of the range") {
    BulkServer server;
    fill(server);
    const std::string up = read_query(2'000, 4'000, {{0, "__name__", "up"}, {0, "job", "a"}});
    const http::Response got = server.read(read_request({up}));
    CHECK(got.content_type == "application/x-protobuf");
    CHECK(got.headers == std::vector<std::pair<std::string, std::string>>{{"Content-Encoding", "snappy"}});
    CHECK(whole(got) == std::vector<std::string>{"__name__=up job=a 2000=2 3000=3 4000=4 "});
    const std::string b = read_query(0, 10'000, {{2, "__name__", "u."}, {3, "job", "a|c"}});
    CHECK(whole(server.read(read_request({up, b}, {9, 0, 1}))).back() == "__name__=up job=b 5000=7 6000=nan ");
    CHECK(whole(server.read(read_request({read_query(0, 10, {{0, "job", "none"}})}))).empty());
}

TEST_CASE("a remote read is streamed in frames of XOR chunks of at most 120 samples") {
    BulkServer server;
    fill(server);
    const http::Response got = server.read(read_request(
        {read_query(0, 900'000, {{0, "__name__", "up"}}), read_query(0, 900, {{0, "__name__", "old"}})}, {1, 0}));
    CHECK(got.content_type == "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse");
    CHECK(frames(got.body) ==
          std::vector<std::string>{
              "0 __name__=up job=a [1000-120000 type 1 x120][121000-240000 type 1 x120][241000-250000 type 1 x10]",
              "0 __name__=up job=b [5000-6000 type 1 x2]", "1 __name__=old [1-1 type 1 x1]"});
}

TEST_CASE("native histograms are read in both forms") {
    BulkServer server;
    auto h = std::make_shared<model::Histogram>();
    h->count = 3;
    h->sum = 4.5;
    h->positive_spans = {{0, 1}};
    h->positive_buckets = {3};
    server.source.add({{"__name__", "h"}}, 1'000, h);
    const std::string query = read_query(0, 9'000, {{0, "__name__", "h"}});
    CHECK(whole(server.read(read_request({query}))) == std::vector<std::string>{"__name__=h histogram 1:3 15:1000"});
    CHECK(frames(server.read(read_request({query}, {1})).body) ==
          std::vector<std::string>{"0 __name__=h [1000-1000 type 2 x1]"});
}

TEST_CASE("a long streamed answer is made in parts") {
    BulkServer server;
    for (int s = 0; s < 40; ++s)
        for (int64_t i = 0; i < 2'000; ++i)
            server.source.add({{"__name__", "m"}, {"s", std::to_string(s)}}, i * 1000,
                              std::sqrt(static_cast<double>(i + s)));
    const auto got = server.read(read_request({read_query(0, 9'000'000, {{0, "__name__", "m"}})}, {1}));
    CHECK(server.parts > 1);
    CHECK(frames(got.body).size() == 40);
}

TEST_CASE("hints narrow the range, and a question for series alone gets no samples") {
    BulkServer server;
    fill(server);
    std::string hints;
    codec::ProtoWriter narrow(hints);
    narrow.int64(3, 3'000);
    narrow.int64(4, 3'999);
    const std::vector<TestMatcher> a = {{0, "job", "a"}};
    CHECK(whole(server.read(read_request({read_query(0, 900'000, a, hints)}))) ==
          std::vector<std::string>{"__name__=up job=a 3000=3 "});
    std::string series;
    codec::ProtoWriter(series).bytes(2, "series");
    CHECK(whole(server.read(read_request({read_query(0, 900'000, a, series)}))) ==
          std::vector<std::string>{"__name__=up job=a "});
    CHECK(frames(server.read(read_request({read_query(0, 900'000, a, series)}, {1})).body) ==
          std::vector<std::string>{"0 __name__=up job=a "});
}

TEST_CASE("external labels are added, and a matcher that they fulfil asks for nothing") {
    BulkServer server({}, {{"site", "north"}, {"job", "x"}});
    fill(server);
    const auto got =
        whole(server.read(read_request({read_query(5'000, 5'000, {{0, "site", "north"}, {0, "job", "b"}})})));
    CHECK(got == std::vector<std::string>{"__name__=up job=b site=north 5000=7 "});
}

TEST_CASE("what a remote read may hold whole has limits that say their key") {
    BulkServer few({.whole_samples_max = 100});
    fill(few);
    const auto all = read_query(0, 900'000, {{0, "__name__", "up"}});
    const auto samples = few.read(read_request({all}));
    CHECK(samples.status == 422);
    CHECK(samples.body.find("more than 100 samples (bulk.whole_samples_max)") != std::string::npos);
    CHECK(few.read(read_request({all}, {1})).status == 200);
    BulkServer small({.whole_bytes_max = 1'000});
    fill(small);
    CHECK(small.read(read_request({all})).body.find("bulk.whole_bytes_max") != std::string::npos);
}

TEST_CASE("a bad remote read is refused with what is wrong with it") {
    BulkServer server({.queries_max = 1});
    const auto refusal = [&](const std::string& message) {
        const auto got = server.read(message);
        CHECK(got.status == 400);
        return got.body;
    };
    const std::string query = read_query(0, 1, {{0, "a", "b"}});
    CHECK(refusal(read_request({query, query})).find("more than 1 queries (bulk.queries_max)") != std::string::npos);
    CHECK(refusal(read_request({query}, {7})).find("none of the accepted response types") != std::string::npos);
    CHECK(refusal(read_request({read_query(0, 1, {{9, "a", "b"}})})).find("matcher type 9") != std::string::npos);
    CHECK(refusal(read_request({read_query(0, 1, {{2, "a", "("}})})).find("query 0") != std::string::npos);
    CHECK(refusal("\x0a\x7f").find("not a prometheus.ReadRequest") != std::string::npos);
    http::Request raw;
    raw.method = "POST";
    raw.path = "/prometheus/api/v1/read";
    raw.body = "not snappy";
    CHECK(server.send(raw).status == 400);
    raw.content_encoding = "gzip";
    CHECK(server.send(raw).body.find("sent in snappy") != std::string::npos);
}

}  // namespace
}  // namespace belfry::api
