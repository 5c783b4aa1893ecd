#pragma once
#include <map>
#include <string>
#include <vector>

#include "ecs/client/client.h"
#include "ecs/instances/instance.h"

namespace preemptd::ecs {

/// Something that happened to a watched instance.
enum class SpotEvent {
  recycling,  ///< the cloud is taking it back
  stopping,   ///< it shuts down
  stopped,    ///< it stopped, taken back or not
  back,       ///< it runs again after a stop, or is there again after it had vanished
  vanished,   ///< the cloud knows it no longer
};
std::string_view name_of(SpotEvent event);

struct SpotChange {
  SpotEvent event = SpotEvent::recycling;
  std::string instance_id;
};

/// Pure: what is known of many instances, and what each look at them adds. An instance is called vanished only when two
/// looks in a row miss it that was seen before.
class SpotWatch {
 public:
  /// `expected` are ids that must be there; without them every instance of the first look is watched.
  explicit SpotWatch(const std::vector<std::string>& expected);

  /// What one complete look showed.
  std::vector<SpotChange> look(const std::vector<InstanceSummary>& found);

  /// Those that were not missed twice, seen or not.
  std::size_t still_there() const;

 private:
  struct Known {
    bool seen = false;
    bool recycling = false;
    bool stopping = false;
    bool stopped = false;
    bool gone = false;
    int missed = 0;
  };
  static void look_at(const InstanceSummary& found, Known& known, std::vector<SpotChange>& changes);

  std::map<std::string, Known> known_;
};

/// One look at all instances of the query, 100 to a call, reading what the watch needs and building nothing else.
/// `calls` grows by the number of requests made.
Result<std::vector<InstanceSummary>> poll_instances(Client& client, const InstanceQuery& query, core::Deadline by,
                                                    int& calls);

/// The pause between looks that keeps to a budget of calls per minute.
core::Millis pause_for_budget(std::size_t calls_per_look, int calls_per_minute);

}  // namespace preemptd::ecs
