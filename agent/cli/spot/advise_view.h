#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "cli/terminal/output.h"
#include "ecs/spot/advice.h"

/// Pure: advice on the market for people and programs.
namespace preemptd::cli {

struct AdviceShown {
  std::vector<ecs::SpotCost> offers;  ///< ranked
  std::vector<ecs::LaunchChoice> fallbacks;
  ecs::LostTime lost;
  std::size_t drains_measured = 0;         ///< real drains that the drain time comes from; 0: it was given or assumed
  std::vector<std::string> release_texts;  ///< of each offer, as the API words it: "0-3%"
};

Json as_json(const AdviceShown& advice);

/// A row for each offer, with what its cost is made of.
Table offers_table(const AdviceShown& advice);
/// What to try in order.
Table fallbacks_table(const AdviceShown& advice);

/// "0.1895 / (1 - 0.0025 x 0.33 h)"; "no useful work" where none is left.
std::string calculation_of(const ecs::SpotCost& cost, const ecs::LostTime& lost);
/// How the columns come about, in a sentence.
std::string legend_of(const AdviceShown& advice);
/// Where stock is the limit and not the price: what would cost less and is sold out. Where it may become so: the first
/// offer has little. "" otherwise.
std::string stock_remark(const std::vector<ecs::SpotCost>& offers);

}  // namespace preemptd::cli
