#include "ingest/socket_intake.h"

#include "base/bytes.h"
#include "base/log.h"
#include "net/connection.h"

namespace belfry::ingest {

bool SocketIntake::Chunk::next(size_t& at, std::string_view& message) const {
    if (kind == Kind::datagrams) {
        const auto end = std::upper_bound(ends.begin(), ends.end(), at);
        if (end == ends.end()) return false;
        message = std::string_view(bytes).substr(at, *end - at);
        at = *end;
        return true;
    }
    if (at >= bytes.size()) return false;
    if (kind == Kind::lines) {
        message = bytes;
        at = bytes.size();
        return true;
    }
    const size_t size = __builtin_bswap32(get_le<uint32_t>(bytes.data() + at));  // whole, as FramedStream gave it
    message = std::string_view(bytes).substr(at + 4, size);
    at += 4 + size;
    return true;
}

SocketIntake::SocketIntake(std::string section, SocketLimits limits, ReceiverStats& stats)
    : section_(std::move(section)), limits_(limits), stats_(stats) {}

Result<std::unique_ptr<SocketIntake>> SocketIntake::start(std::string section,
                                                          SocketLimits limits,
                                                          ReceiverStats& stats) {
    std::unique_ptr<SocketIntake> out(new SocketIntake(std::move(section), limits, stats));
    out->loop_ = TRY(net::Loop::start(out->section_));
    return out;
}

SocketIntake::~SocketIntake() {
    close_doors();
}

void SocketIntake::close_doors() {
    udp_.clear();
    tcp_.clear();
    loop_.reset();  // closes the connections that are left
    queue_.close();
}

std::optional<net::Address> SocketIntake::open_udp(std::string_view address) {
    if (address.empty()) return std::nullopt;
    const auto open = [&]() -> Result<net::Address> {
        auto listener = TRY(net::UdpListener::open(
            *loop_, TRY(net::Address::parse(address)),
            {.on_datagrams = [this](net::Datagrams datagrams) { take_datagrams(std::move(datagrams)); },
             .on_dropped =
                 [this](uint64_t count) {
                     stats_.refused("kernel_buffer_full", count,
                                    "the kernel dropped datagrams because its buffer was full (net.core.rmem_max)", "");
                 }}));
        udp_.push_back(std::move(listener));
        return udp_.back()->address();
    };
    const Result<net::Address> opened = open();
    add_door("udp", opened, address);
    return opened.ok() ? std::optional(*opened) : std::nullopt;
}

std::optional<net::Address> SocketIntake::open_tcp(std::string_view address, net::Framing framing, MessageLimit limit) {
    if (address.empty()) return std::nullopt;
    auto options = std::make_shared<net::FramedStreamOptions>();
    options->framing = framing;
    options->frame_bytes_max = limit.bytes_max;
    options->idle_ms = limits_.idle_ms;
    options->on_messages = [this, framing](std::string_view messages, const net::Address& peer) {
        return push({.kind = framing == net::Framing::lines ? Chunk::Kind::lines : Chunk::Kind::sized,
                     .bytes = std::string(messages),
                     .ends = {},
                     .sender = peer.host});
    };
    options->on_lost = [this, limit](net::FrameLoss loss, const net::Address& peer) {
        if (loss == net::FrameLoss::cut_short)
            return stats_.refused("cut_short", 1, "the connection ended in the middle of a message", peer.host);
        if (loss == net::FrameLoss::http)
            return stats_.refused("http", 1, "an HTTP request came to a port for lines; the connection is closed",
                                  peer.host);
        stats_.refused("too_large", 1, fmt::format("a message of more than {} bytes ({})", limit.bytes_max, limit.key),
                       peer.host);
    };
    options->on_closed = [this] { connections_--; };
    const auto open = [&]() -> Result<net::Address> {
        auto listener = TRY(net::TcpListener::open(
            *loop_, TRY(net::Address::parse(address)),
            [this, options](const std::shared_ptr<net::Connection>& connection) { accept(connection, options); }));
        tcp_.push_back(std::move(listener));
        return tcp_.back()->address();
    };
    const Result<net::Address> opened = open();
    add_door("tcp", opened, address);
    return opened.ok() ? std::optional(*opened) : std::nullopt;
}

void SocketIntake::add_door(std::string_view kind, const Result<net::Address>& opened, std::string_view wanted) {
    if (opened.ok()) {
        doors_.push_back(fmt::format("{} {}", kind, opened->to_string()));
        return;
    }
    log_warn("ingest", "port not opened",
             {{"receiver", section_}, {"address", wanted}, {"error", opened.error().message}});
    doors_.push_back(fmt::format("{} not open: {}", kind, opened.error().message));
}

std::string SocketIntake::listens_on() const {
    if (doors_.empty()) return "off";
    std::string out;
    for (const std::string& door : doors_)
        out.append(out.empty() ? "" : ", ").append(door);
    return out;
}

void SocketIntake::accept(const std::shared_ptr<net::Connection>& connection,
                          const std::shared_ptr<const net::FramedStreamOptions>& options) {
    if (connections_ >= limits_.connections_max) {
        stats_.refused("connections", 1,
                       fmt::format("{} connections are open ({}.connections_max)", connections_, section_),
                       connection->peer().host);
        connection->close();
        return;
    }
    connections_++;
    connection->set_handler(std::make_unique<net::FramedStream>(*connection, options));
    connection->start_reading();
}

void SocketIntake::take_datagrams(net::Datagrams datagrams) {
    const size_t count = datagrams.count();
    if (push({.kind = Chunk::Kind::datagrams,
              .bytes = std::move(datagrams.bytes),
              .ends = std::move(datagrams.ends),
              .sender = std::move(datagrams.sender)}))
        return;
    stats_.refused("overloaded", count,
                   fmt::format("datagrams came faster than they could be stored; {} bytes wait, the limit "
                               "({}.waiting_bytes_max)",
                               waiting_bytes_.load(), section_),
                   "");
}

bool SocketIntake::push(Chunk chunk) {
    const size_t bytes = chunk.bytes.size();
    const uint64_t waiting = waiting_bytes_.load();
    // something is always taken when nothing waits, however large it is
    if (waiting > 0 && waiting + bytes > limits_.waiting_bytes_max) return false;
    waiting_bytes_ += bytes;
    if (queue_.try_push(std::move(chunk))) return true;
    waiting_bytes_ -= bytes;
    return false;
}

std::optional<SocketIntake::Chunk> SocketIntake::next(int64_t wait_ms) {
    std::optional<Chunk> out = queue_.pop_for(wait_ms);
    if (out) waiting_bytes_ -= out->bytes.size();
    return out;
}

}  // namespace belfry::ingest
