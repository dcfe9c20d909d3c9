#include "net/port_owner.h"

#include "base/number.h"

#include <filesystem>
#include <fstream>
#include <sstream>

namespace belfry::net {
namespace {

/// Socket inodes that listen on the port, from /proc/net/tcp: "sl local_address rem_address st ... inode", numbers in
/// hex.
std::vector<std::string> listening_inodes(const char* table, uint16_t port) {
    constexpr std::string_view LISTEN = "0A";
    std::vector<std::string> out;
    std::ifstream file(table);
    const std::string port_suffix = fmt::format(":{:04X}", port);
    for (std::string line; std::getline(file, line);) {
        std::istringstream columns(line);
        std::string slot, local, remote, state, queues, timer, retransmits, user, timeout, inode;
        columns >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> user >> timeout >> inode;
        if (state == LISTEN && local.ends_with(port_suffix)) out.push_back("socket:[" + inode + "]");
    }
    return out;
}

std::string process_name(const std::filesystem::path& directory) {
    std::ifstream file(directory / "comm");
    std::string name;
    std::getline(file, name);
    return name;
}

}  // namespace

std::optional<PortOwner> find_port_owner(uint16_t port) {
    namespace fs = std::filesystem;
    std::vector<std::string> sockets = listening_inodes("/proc/net/tcp", port);
    for (std::string& socket : listening_inodes("/proc/net/tcp6", port))
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

}  // namespace belfry::net
