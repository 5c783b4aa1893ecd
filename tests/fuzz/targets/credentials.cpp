#include "ecs/credentials/default_chain.h"
#include "ecs/credentials/exchanged.h"
#include "ecs/credentials/ini.h"
#include "ecs/credentials/profiles.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_transport.h"
#include "fuzz/target.h"
#include "metadata/metadata_client.h"
#include "metadata/role_credentials.h"

namespace preemptd::fuzz {

void fuzz(std::string_view input) {
  fakes::FakeClock clock;
  fakes::FakeTransport net;
  net.otherwise = [&](const http::Request&) {
    return core::Result<http::Reply>(http::Reply{200, {}, std::string(input)});
  };
  metadata::MetadataClient metadata(net, clock, {});
  ecs::Sources sources{
      .network = net,
      .direct = net,
      .metadata = metadata,
      .clock = clock,
      .environment = [](const std::string&) { return std::nullopt; },
      .home = "/home/fuzz",
      .read_file =
          [&](const std::string&) { return core::Result<ecs::KeyFile>(ecs::KeyFile{.text = std::string(input)}); },
      .make_nonce = [] { return std::string("nonce"); }};
  const auto by = core::Deadline::after(clock.boot, core::Seconds(10));
  for (const char* name : {"", "default", "a"}) {
    if (auto provider = ecs::cli_profile(sources, name)) static_cast<void>((*provider)->get(by));
    if (auto provider = ecs::ini_profile(sources, name)) static_cast<void>((*provider)->get(by));
    static_cast<void>(ecs::cli_profile_facts(sources, name));
    static_cast<void>(ecs::ini_section(input, name));
  }
  static_cast<void>(metadata::parse_role_credentials(input));
  static_cast<void>(ecs::read_external_key(input, clock.wall));
}

}  // namespace preemptd::fuzz
