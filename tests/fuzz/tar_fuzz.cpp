// Any bytes: what is accepted has safe names, as many content bytes as it says, and is the same in other pieces.
#include "app/backup/tar.h"

using namespace belfry;
using namespace belfry::app;

namespace {

struct Checker : TarSink {
    std::string seen;
    uint64_t left = 0;
    Status begin(const TarEntry& entry) override {
        if (left != 0 || entry.name.empty() || entry.name[0] == '/') __builtin_trap();
        if (("/" + entry.name + "/").find("/../") != std::string::npos) __builtin_trap();
        if (!tar_header(entry).ok()) __builtin_trap();
        left = entry.size;
        seen += "<" + entry.name + ":";
        return {};
    }
    Status content(std::string_view bytes) override {
        if (bytes.size() > left) __builtin_trap();
        left -= bytes.size();
        seen += bytes;
        return {};
    }
    Status end() override {
        if (left != 0) __builtin_trap();
        seen += ">";
        return {};
    }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* input, size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(input), size);
    Checker whole;
    TarReader reader(whole);
    const bool ok = reader.add(bytes).ok();
    Checker pieces;
    TarReader slow(pieces);
    bool slow_ok = true;
    for (size_t at = 0; at < size && slow_ok; at += 301) slow_ok = slow.add(bytes.substr(at, 301)).ok();
    if (ok != slow_ok || (ok && (whole.seen != pieces.seen || reader.finish().ok() != slow.finish().ok()))) __builtin_trap();
    return 0;
}
