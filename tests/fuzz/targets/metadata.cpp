#include "metadata/metadata_client.h"

#include "core/text.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_transport.h"
#include "fuzz/target.h"

namespace preemptd::fuzz {
namespace {

/// First line: the status. Then header lines up to an empty one, then the body.
http::Reply reply_in(std::string_view input) {
  http::Reply reply;
  const auto status = std::string(take_line(input));
  reply.status = std::atoi(status.c_str()) % 1000;
  for (auto line = take_line(input); !line.empty(); line = take_line(input)) {
    const auto colon = line.find(':');
    if (colon != line.npos)
      reply.headers.push_back({std::string(line.substr(0, colon)), std::string(core::trim(line.substr(colon + 1)))});
  }
  reply.body = input;
  return reply;
}

}  // namespace

void fuzz(std::string_view input) {
  const auto reply = reply_in(input);
  fakes::FakeClock clock;
  fakes::FakeTransport net;
  net.then(200, "token");
  net.otherwise = [&](const http::Request&) { return core::Result<http::Reply>(reply); };
  metadata::MetadataClient client(net, clock, {});
  const auto termination = client.termination_time();
  if (termination && std::holds_alternative<metadata::NoNotice>(termination->answer))
    require(reply.status == 404 || (reply.status == 200 && core::trim(reply.body).empty()),
            "only 404 and an empty 200 say that nobody wants this instance gone");
  if (const auto identity = client.identity())
    require(core::printable(identity->instance_id) == identity->instance_id, "an id is printable");
  if (const auto item = client.item("instance-id"); item && *item) require((*item)->size() <= 4096, "an item is short");
  static_cast<void>(client.role_name());
  static_cast<void>(client.role_credentials("role"));
}

}  // namespace preemptd::fuzz
