#pragma once
#include <string>
#include <vector>

#include "core/text.h"
#include "ecs/client/client.h"
#include "ecs/credentials/static_credentials.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_transport.h"
#include "http/percent.h"

namespace preemptd::ecs::testing {

/// A client over fakes: a clock that only waits move, and a transport with a script.
struct CloudWorld {
  fakes::FakeClock clock;
  fakes::FakeTransport net;
  StaticCredentials key{{"id", core::Secret("s"), {}, "test"}};
  std::vector<core::Millis> waits;
  int attempts;
  Client client{options(attempts),
                {net, key, clock, [this](core::Millis time) { return wait(time); }, [] { return 0.5; }, {}}};

  explicit CloudWorld(int attempts_of_a_call = 1) : attempts(attempts_of_a_call) {}
  static ClientOptions options(int attempts = 1) {
    ClientOptions options;
    options.region = "cn-hangzhou";
    options.retries.attempts = attempts;
    return options;
  }
  bool wait(core::Millis time) {
    waits.push_back(time);
    clock.advance(time);
    return true;
  }
  core::Deadline in(core::Millis time) const { return core::Deadline::after(clock.boot, time); }

  std::string action(std::size_t request) const { return fakes::header_of(net.requests.at(request), "x-acs-action"); }
  std::vector<std::string> actions() const {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < net.requests.size(); ++i) all.push_back(action(i));
    return all;
  }
  /// The decoded parameters a request carried, in the URL or the body.
  Parameters sent(std::size_t request) const {
    const auto& asked = net.requests.at(request);
    const auto question = asked.url.find('?');
    const std::string text =
        asked.body.empty() && question != std::string::npos ? asked.url.substr(question + 1) : asked.body;
    Parameters found;
    for (const auto pair : core::split(text, '&')) {
      const auto equals = pair.find('=');
      if (equals != pair.npos)
        found[*http::percent_decode(pair.substr(0, equals))] = *http::percent_decode(pair.substr(equals + 1));
    }
    return found;
  }
};

/// The answer of DescribeInstanceStatus.
inline std::string statuses(const std::vector<std::pair<std::string, std::string>>& all) {
  std::string items;
  for (const auto& [id, status] : all) {
    items += (items.empty() ? "" : ",") + std::string(R"({"InstanceId":")") + id + R"(","Status":")" + status + "\"}";
  }
  return R"({"TotalCount":)" + std::to_string(all.size()) + R"(,"InstanceStatuses":{"InstanceStatus":[)" + items +
         "]}}";
}

inline std::string error_body(const std::string& code) {
  return R"({"Code":")" + code + R"(","Message":"m","RequestId":"R"})";
}

}  // namespace preemptd::ecs::testing
