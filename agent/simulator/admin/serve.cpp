#include "simulator/admin/serve.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "simulator/admin/admin_service.h"
#include "simulator/admin/dispatcher.h"

namespace preemptd::simulator {
namespace {

core::Result<void> check_loopback(const ServeOptions& options) {
  if (options.allow_remote) return {};
  for (const Address* address : {&options.metadata, &options.api, &options.admin}) {
    if (address->loopback()) continue;
    return core::fail(core::ErrorCode::bad_input,
                      "not a loopback address: the simulator hands out credentials to anybody who asks. "
                      "Say --allow-remote if you mean it",
                      address->text());
  }
  return {};
}

/// Whole or not at all: a reader that sees the file can use it.
core::Result<void> write_ready_file(const std::string& path, const core::Json& content) {
  const std::string fresh = path + ".new";
  {
    std::ofstream file(fresh, std::ios::trunc);
    file << core::dump_json(content) << "\n";
    if (!file.flush()) return core::fail_errno(errno, "cannot write the ready file", fresh);
  }
  if (std::rename(fresh.c_str(), path.c_str()) != 0) return core::fail_errno(errno, "cannot name the ready file", path);
  return {};
}

/// One line to paste.
std::string how_to_use(const ServeOptions& options, const std::string& api) {
  const auto colon = options.shown_key.find(':');
  return "try: ALIBABA_CLOUD_ACCESS_KEY_ID=" + options.shown_key.substr(0, colon) +
         " ALIBABA_CLOUD_ACCESS_KEY_SECRET=" + options.shown_key.substr(colon + 1) +
         " preemptctl instance list --region " + options.setup.region + " --endpoint http://" + api + "\n";
}

}  // namespace

core::Result<void> serve(const ServeOptions& options) {
  if (auto local = check_loopback(options); !local) return local;
  const CloudClock clock(core::system_clock());
  World world(options.setup, clock.now());
  for (const auto& key : options.keys) world.keys.add(key);
  Dispatcher front(world, clock);
  AdminService admin(world, front);

  HttpServer server;
  const auto metadata = server.listen(options.metadata, [&](const HttpRequest& r) { return front.metadata(r); });
  if (!metadata) return tl::unexpected(metadata.error());
  const auto api = server.listen(options.api, [&](const HttpRequest& r) { return front.api(r); });
  if (!api) return tl::unexpected(api.error());
  const auto control = server.listen(options.admin, [&](const HttpRequest& r) { return Delivery{admin.answer(r)}; });
  if (!control) return tl::unexpected(control.error());

  const core::Json ready{{"metadata", metadata->text()},
                         {"api", api->text()},
                         {"admin", control->text()},
                         {"instance_id", options.setup.instance_id}};
  if (!options.ready_file.empty()) {
    if (auto written = write_ready_file(options.ready_file, ready); !written) return written;
  }
  std::printf("%s\n", core::dump_json(ready).c_str());
  std::fflush(stdout);
  if (!options.shown_key.empty() && ::isatty(STDERR_FILENO) == 1)
    std::fputs(how_to_use(options, api->text()).c_str(), stderr);
  server.run();
  return {};
}

}  // namespace preemptd::simulator
