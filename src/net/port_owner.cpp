#include "net/port_owner.h"

#include "base/number.h"

#include <filesystem>
#include <fstream>
#include <sstream>

namespace belfry::net {
namespace {

// States in the kernel's tables: TCP_LISTEN, and TCP_CLOSE, which a UDP socket without a peer has.
constexpr std::string_view TCP_LISTENING = "0A";
constexpr std::string_view UDP_BOUND = "07";

/// Socket inodes bound to the port in that state, from /proc/net/tcp: "sl local_address rem_address st ... inode",
/// numbers in hex.
std::vector<std::string> bound_inodes(const char* table, uint16_t port, std::string_view wanted_state) {
    std::vector<std::string> out;
    std::ifstream file(table);
    const std::string port_suffix = fmt::format(":{:04X}", port);
    for (std::string line; std::getline(file, line);) {
        std::istringstream columns(line);
        std::string slot, local, remote, state, queues, timer, retransmits, user, timeout, inode;
        columns >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> user >> timeout >> inode;
        if (state == wanted_state && local.ends_with(port_suffix)) out.push_back("socket:[" + inode + "]");
    }
    return out;
}

std::string process_name(const std::filesystem::path& directory) {
    std::ifstream file(directory / "comm");
    std::string name;
    std::getline(file, name);
    return name;
}

std::optional<PortOwner> find_owner(const char* table, const char* table6, uint16_t port, std::string_view state) {
    namespace fs = std::filesystem;
    std::vector<std::string> sockets = bound_inodes(table, port, state);
    for (std::string& socket : bound_inodes(table6, port, state))
        sockets.push_back(std::move(socket));
    if (sockets.empty()) return std::nullopt;
    std::error_code ignored;
    for (const auto& process : fs::directory_iterator("/proc", ignored)) {
        const auto pid = parse_int(process.path().filename().string());
        if (!pid) continue;
        std::error_code denied;
        for (fs::directory_iterator fd(process.path() / "fd", denied), end; !denied && fd != end;
             fd.increment(denied)) {
            std::error_code gone;
            const std::string target = fs::read_symlink(fd->path(), gone).string();
            if (std::find(sockets.begin(), sockets.end(), target) != sockets.end())
                return PortOwner{*pid, process_name(process.path())};
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<PortOwner> find_port_owner(uint16_t port) {
    return find_owner("/proc/net/tcp", "/proc/net/tcp6", port, TCP_LISTENING);
}

std::optional<PortOwner> find_udp_port_owner(uint16_t port) {
    return find_owner("/proc/net/udp", "/proc/net/udp6", port, UDP_BOUND);
}

}  // namespace belfry::net
