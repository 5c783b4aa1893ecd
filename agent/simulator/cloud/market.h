#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"

/// What can be bought where, and for how much. Prices and stock vary with time but not from run to run: they are
/// functions of type, zone and time alone.
namespace preemptd::simulator {

struct InstanceType {
  std::string id;
  std::string family;
  int cpus = 0;
  double memory_gib = 0;
  int gpus = 0;
  std::string gpu_spec;
  double hourly_price = 0;  ///< pay-as-you-go, in the account's currency
  bool local_disk = false;
};

struct Region {
  std::string id;
  std::string name;
  std::string zone_letters;  ///< "hij": <region>-h, <region>-i, <region>-j (outside China <region>h, …)

  std::vector<std::string> zones() const;
};

const std::vector<InstanceType>& instance_types();
const InstanceType* find_type(std::string_view id);
/// Adds the instance types and zones that were sold in 2019 and no longer are, for programs written then. Before the
/// first world only: it moves the others.
void add_retired();

const std::vector<Region>& regions();
/// Makes one up, with three zones, unless there is one of that name. Before the first world only: it moves the others.
void add_region(const std::string& id);
const Region* find_region(std::string_view id);
/// The region a zone lies in; null for an unknown zone.
const Region* region_of_zone(std::string_view zone);

enum class Stock { plenty, low, sold_out };

/// Changes every ten minutes. Only large types and those with a GPU ever sell out.
Stock stock_of(const InstanceType& type, std::string_view zone, core::WallTime at);

/// Whole hours have one price, which often holds for several. Between a tenth of the pay-as-you-go price and all of it.
double spot_price(const InstanceType& type, std::string_view zone, core::WallTime at);

/// Percent of instances of a type in a zone that are taken back, the same at any time: 1.5, 4, 8 or 15. The scarce ones
/// have one of the two highest.
double release_rate(const InstanceType& type, std::string_view zone);

/// The mean price of the thirty days before, as a share of the pay-as-you-go price.
double mean_discount(const InstanceType& type, std::string_view zone, core::WallTime at);

}  // namespace preemptd::simulator
