#include <nlohmann/json.hpp>

#include "fakes/fake_clock.h"
#include "fuzz/target.h"
#include "simulator/admin/admin_service.h"
#include "simulator/admin/dispatcher.h"
#include "simulator/cloud/cidr.h"
#include "simulator/http/http_server.h"

namespace preemptd::fuzz {

/// First line: "METHOD TARGET"; the rest is the body.
void fuzz(std::string_view input) {
  fakes::FakeClock machine;
  simulator::CloudClock clock(machine);
  simulator::World world(simulator::Setup{}, clock.now());
  simulator::Dispatcher front(world, clock);
  simulator::AdminService admin(world, front);
  auto rest = input;
  const auto line = take_line(rest);
  simulator::HttpRequest request;
  request.method = line.substr(0, line.find(' '));
  request.target = line.find(' ') == line.npos ? "/" : line.substr(line.find(' ') + 1);
  request.body = rest;
  require(admin.answer(request).status >= 200, "every request has an answer");
  require(front.metadata(request).reply.status >= 200, "of the metadata service, too");
  require(front.api(request).reply.status >= 200, "and of the API");
  static_cast<void>(simulator::parse_cidr(input));
  static_cast<void>(simulator::parse_address(input));
  static_cast<void>(simulator::parse_access_key(input));
}

}  // namespace preemptd::fuzz
