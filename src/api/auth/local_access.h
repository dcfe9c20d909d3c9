#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace belfry::api {

/// How the command line reaches the server that uses a data directory: its address and a key of full rights.
struct LocalServer {
    std::string url;
    std::string key;
    int64_t pid = 0;
};

/// The file DATA/server.json of a running server: {"url","key","pid"}, readable by its owner only. Why a file and not a
/// socket: the commands then use the same front door as everybody, and the right to read the data directory is exactly
/// the right that the key gives. The key is made at each start, works from this machine only, and ends with the
/// process.
class LocalAccess {
  public:
    /// Makes a key.
    LocalAccess();
    /// Removes the file if it was written.
    ~LocalAccess();
    LocalAccess(const LocalAccess&) = delete;
    LocalAccess& operator=(const LocalAccess&) = delete;

    [[nodiscard]] Status write(const std::string& data_dir, const std::string& url);
    /// Constant time; never true for an empty text.
    [[nodiscard]] bool matches(std::string_view presented) const;
    [[nodiscard]] const std::string& key() const { return key_; }

    [[nodiscard]] static Result<LocalServer> read(const std::string& data_dir);

  private:
    std::string key_;   // bf_l_<secret>
    std::string path_;  // "": not written
};

}  // namespace belfry::api
