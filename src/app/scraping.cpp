// Scraping: what it reads, where it writes, who asks about it.
#include "app/parts.h"
#include "base/log.h"

namespace belfry::app {

void App::Parts::open_scraping() {
    scraping = std::make_unique<ingest::scrape::ScrapeManager>(ingest::scrape::ScrapeManager::Parts{
        .clock = clock,
        .config = config.scrape,
        .sink = [this](const ingest::WireBatch& batch) { return writer->write(batch, "scrape"); },
        .stats = receivers->add("scrape", "Scraping", "this server asks"),
        .node = node_name()});
    scrape_view = std::make_unique<ScrapeView>(*scraping);
    api::add_target_routes(router, *scrape_view);
    // A bad file at the start is shown and logged, and read again when it changes; the rest of the server runs.
    if (Status read = scraping->reload(); !read.ok())
        log_error("scrape", "nothing is scraped: the configuration is not taken", {{"error", read.error().message}});
}

}  // namespace belfry::app
