#pragma once

#include "net/address.h"

#include <string_view>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace belfry::tests {

/// Sends datagrams to an IPv4 address.
class DatagramSender {
  public:
    explicit DatagramSender(const net::Address& to) : fd_(::socket(AF_INET, SOCK_DGRAM, 0)) {
        to_.sin_family = AF_INET;
        to_.sin_port = htons(to.port);
        ::inet_pton(AF_INET, to.host.c_str(), &to_.sin_addr);
    }
    ~DatagramSender() { ::close(fd_); }
    DatagramSender(const DatagramSender&) = delete;
    DatagramSender& operator=(const DatagramSender&) = delete;

    /// True when the kernel took it.
    bool send(std::string_view bytes) const {
        return ::sendto(fd_, bytes.data(), bytes.size(), 0, reinterpret_cast<const sockaddr*>(&to_), sizeof to_) ==
               static_cast<ssize_t>(bytes.size());
    }

  private:
    int fd_;
    sockaddr_in to_{};
};

}  // namespace belfry::tests
