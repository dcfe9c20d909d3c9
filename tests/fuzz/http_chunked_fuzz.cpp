// Chunked decoding gives the same result whatever the pieces. The first byte is the size of a piece.
#include "base/result.h"
#include "http/chunked.h"

namespace {

using belfry::http::ChunkedDecoder;

std::pair<ChunkedDecoder::State, std::string> decode(std::string_view text, size_t piece) {
    ChunkedDecoder decoder;
    std::string body;
    auto state = ChunkedDecoder::State::more;
    while (!text.empty() && state == ChunkedDecoder::State::more) {
        size_t taken = 0;
        const std::string_view part = text.substr(0, piece);
        state = decoder.feed(part, &taken, 1 << 16, &body);
        INVARIANT(taken <= part.size(), "no more is taken than there is");
        INVARIANT(state != ChunkedDecoder::State::more || taken == part.size(), "all is taken until the end");
        INVARIANT(body.size() <= 1 << 16, "the limit holds");
        text.remove_prefix(taken);
    }
    return {state, body};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(bytes) + 1, size - 1);
    INVARIANT(decode(text, 1 + bytes[0]) == decode(text, SIZE_MAX), "pieces do not matter");
    return 0;
}
