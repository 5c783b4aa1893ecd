#pragma once
#include <map>
#include <string>
#include <string_view>

#include "simulator/cloud/cloud_clock.h"
#include "simulator/cloud/world.h"
#include "simulator/http/http_message.h"

namespace preemptd::simulator {

/// The instance metadata service (100.100.100.200 in the real cloud): session tokens, the item tree, role credentials,
/// the spot notice. Sources: "View instance metadata" and "Query the interruption events of preemptible instances".
class MetadataService {
 public:
  explicit MetadataService(World& world) : world_(world) {}

  HttpReply answer(const HttpRequest& request, Moment moment);

 private:
  HttpReply token(const HttpRequest& request, core::WallTime now);
  HttpReply item(std::string_view path, Moment moment);
  HttpReply credentials(Moment moment);
  bool knows_token(std::string_view token, core::WallTime now) const;

  World& world_;
  std::map<std::string, core::WallTime, std::less<>> tokens_;  ///< to when they end
};

}  // namespace preemptd::simulator
