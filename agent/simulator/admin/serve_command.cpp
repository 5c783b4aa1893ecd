#include "simulator/admin/serve_command.h"

#include <cstdio>
#include <memory>

#include "core/duration.h"
#include "core/notice.h"
#include "simulator/admin/serve.h"
#include "simulator/cloud/market.h"

namespace preemptd::simulator {
namespace {

/// The key that is accepted when none is given. Documented; it opens nothing but a simulator.
constexpr const char* kBuiltInKey = "simulator-key:simulator-secret";

struct Flags {
  std::string metadata = "127.0.0.1:0", api = "127.0.0.1:0", admin = "127.0.0.1:0";
  std::vector<std::string> keys;
  std::string transition = "1s", credential_life = "6h";
  bool retired = false;
  ServeOptions options;
};

core::Result<void> read_addresses(Flags& flags) {
  const std::pair<const std::string*, Address*> pairs[] = {{&flags.metadata, &flags.options.metadata},
                                                           {&flags.api, &flags.options.api},
                                                           {&flags.admin, &flags.options.admin}};
  for (const auto& [text, address] : pairs) {
    const auto parsed = parse_address(*text);
    if (!parsed) return tl::unexpected(parsed.error());
    *address = *parsed;
  }
  return {};
}

core::Result<void> read_keys(Flags& flags) {
  if (flags.keys.empty()) {
    flags.keys.emplace_back(kBuiltInKey);
    flags.options.shown_key = kBuiltInKey;
  }
  for (const auto& text : flags.keys) {
    auto key = parse_access_key(text);
    if (!key)
      return core::fail(core::ErrorCode::bad_input, "an access key is ID:SECRET or ID:SECRET:TOKEN", "--access-key");
    flags.options.keys.push_back(std::move(*key));
  }
  return {};
}

core::Result<void> read_setup(Flags& flags) {
  Setup& setup = flags.options.setup;
  if (!core::is_plain_name(setup.region))
    return core::fail(core::ErrorCode::bad_input, "not a region's name", "--region");
  if (flags.retired) add_retired();
  add_region(setup.region);
  if (!core::is_plain_name(setup.instance_id))
    return core::fail(core::ErrorCode::bad_input, "not an instance id", "--instance-id");
  const auto transition = core::parse_duration(flags.transition);
  if (!transition) return tl::unexpected(transition.error());
  const auto life = core::parse_duration(flags.credential_life);
  if (!life) return tl::unexpected(life.error());
  setup.transition = *transition;
  setup.credential_lifetime = std::chrono::ceil<core::Seconds>(*life);
  return {};
}

int run(Flags& flags) {
  for (const auto step : {read_addresses, read_keys, read_setup}) {
    if (const auto done = step(flags); !done) {
      std::fprintf(stderr, "preempt-sim: %s\n", core::describe(done.error()).c_str());
      return 2;
    }
  }
  const auto served = serve(flags.options);
  if (served) return 0;
  std::fprintf(stderr, "preempt-sim: %s\n", core::describe(served.error()).c_str());
  return served.error().code == core::ErrorCode::bad_input ? 2 : 1;
}

}  // namespace

void add_serve_command(CLI::App& app, int& exit_code) {
  auto flags = std::make_shared<Flags>();
  CLI::App* sub = app.add_subcommand("serve", "Run a metadata service and a control plane");
  sub->add_option("--metadata", flags->metadata, "HOST:PORT of the metadata service; port 0 picks a free one")
      ->capture_default_str();
  sub->add_option("--api", flags->api, "HOST:PORT of the ECS, VPC, STS and CMS endpoint")->capture_default_str();
  sub->add_option("--admin", flags->admin, "HOST:PORT of the admin interface")->capture_default_str();
  sub->add_option("--ready-file", flags->options.ready_file, "written when all three listen: their addresses as JSON");
  sub->add_option("--access-key", flags->keys,
                  std::string("ID:SECRET[:TOKEN] to accept; may be repeated (") + kBuiltInKey + ")");
  sub->add_option("--region", flags->options.setup.region, "the own instance's region")->capture_default_str();
  sub->add_option("--instance-id", flags->options.setup.instance_id, "the own instance's id")->capture_default_str();
  sub->add_flag("--hardened", flags->options.setup.hardened, "metadata only with a session token");
  sub->add_option("--transition", flags->transition, "how long an instance stays Pending, Starting or Stopping")
      ->capture_default_str();
  sub->add_option("--credential-life", flags->credential_life, "how long the role's credentials live")
      ->capture_default_str();
  sub->add_flag("--retired", flags->retired, "also sell the instance types and zones of 2019 that are sold no longer");
  sub->add_flag("--allow-remote", flags->options.allow_remote, "listen on other addresses than loopback");
  sub->callback([flags, &exit_code] { exit_code = run(*flags); });
}

}  // namespace preemptd::simulator
