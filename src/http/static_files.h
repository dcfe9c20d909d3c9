#pragma once

#include "base/result.h"
#include "http/message.h"

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace belfry::http {

/// A row of the table that the build embeds; ends with a row of nulls.
struct WebRow {
    const char* path;
    const char* content_type;
    const char* etag;      // with quotes
    const char* cache;     // "immutable" | "no-cache"
    const char* encoding;  // "gzip" | "identity"
    const char* begin;
    const char* end;
};

/// The files of the web interface: the embedded table or, in development, a built web directory with its manifest.txt.
/// Only paths of the table are served, so there is no way out of it; pages of the interface are rows like every other.
/// Const: any thread.
class StaticFiles {
  public:
    /// `rows` lives for ever.
    [[nodiscard]] static StaticFiles embedded(const WebRow* rows);
    /// Reads `directory`/manifest.txt again for every request; an error here when it is not there now.
    [[nodiscard]] static Result<StaticFiles> directory(std::string path);

    /// The answer for a GET or HEAD of a known path; nothing otherwise.
    [[nodiscard]] std::optional<Response> find(const Request& request) const;

  private:
    [[nodiscard]] std::optional<Response> find_embedded(const Request& request) const;
    [[nodiscard]] std::optional<Response> find_on_disk(const Request& request) const;

    std::unordered_map<std::string_view, const WebRow*> rows_;
    std::string directory_;  // "" = embedded
};

}  // namespace belfry::http
