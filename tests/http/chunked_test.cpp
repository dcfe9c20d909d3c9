#include "http/chunked.h"

#include <doctest/doctest.h>

namespace belfry::http {
namespace {

using State = ChunkedDecoder::State;

State decode(std::string_view text, std::string* body, size_t piece = SIZE_MAX, size_t max = 1000) {
    ChunkedDecoder decoder;
    State state = State::more;
    while (!text.empty() && state == State::more) {
        size_t taken = 0;
        state = decoder.feed(text.substr(0, piece), &taken, max, body);
        text.remove_prefix(taken);
    }
    return state;
}

TEST_CASE("chunks are joined whatever their pieces") {
    for (size_t piece = 1; piece < 20; ++piece) {
        std::string body;
        CHECK(decode("5\r\nbells\r\n00a;ext=\"1\"\r\n ring twice\r\n", &body, piece) ==
              State::bad);  // 11 bytes said to be 10
        body.clear();
        CHECK(decode("5\r\nbells\r\n00B;ext=\"1\"\r\n ring twice\r\n0\r\nA: b\r\nC: d\r\n\r\n", &body, piece) ==
              State::done);
        CHECK(body == "bells ring twice");
    }
}

TEST_CASE("what follows the last chunk is left alone") {
    ChunkedDecoder decoder;
    std::string body;
    size_t taken = 0;
    const std::string_view text = "1\r\na\r\n0\r\n\r\nGET / HTTP/1.1";
    CHECK(decoder.feed(text, &taken, 10, &body) == State::done);
    CHECK(text.substr(taken) == "GET / HTTP/1.1");
}

TEST_CASE("chunk encodings that are not exact are bad") {
    for (const char* text :
         {"g\r\n", "\r\n", " 5\r\nbells\r\n", "5 \r\nbells\r\n", "5\nbells\r\n", "5\r\nbells\n", "5\r\nbellsX\r\n",
          "-5\r\n", "0x5\r\n", "123456789\r\n", "5;a\nb\r\n", "0\r\nA\n\r\n", "0\r\n\rx", "5\r\rbells"}) {
        std::string body;
        INFO(text);
        CHECK(decode(text, &body) == State::bad);
    }
    std::string body;
    CHECK(decode("1;" + std::string(ChunkedDecoder::EXTENSION_BYTES_MAX + 1, 'x') + "\r\na\r\n0\r\n\r\n", &body) ==
          State::bad);
    CHECK(decode("0\r\n" + std::string(ChunkedDecoder::TRAILER_BYTES_MAX + 1, 'x') + "\r\n\r\n", &body) == State::bad);
}

TEST_CASE("a chunk beyond the limit is refused by its size line") {
    ChunkedDecoder decoder;
    std::string body;
    size_t taken = 0;
    CHECK(decoder.feed("5\r\nbells\r\n6\r\n", &taken, 10, &body) == State::bad);
    CHECK(decoder.too_large());
    CHECK(body == "bells");
}

}  // namespace
}  // namespace belfry::http
