#pragma once
#include <string_view>

/// What is the same in every record's page. Both are part of the page, which asks for nothing from elsewhere.
namespace preemptd::cli {

inline constexpr std::string_view kPageStyle = R"(<style>
:root{--ink:#1c2430;--faint:#5f6b7c;--line:#e3e7ed;--paper:#fff;--good:#2f8f5b;--bad:#c8433a;--warn:#b7791f;
--wait:#c9d3df;color-scheme:light dark}
@media (prefers-color-scheme:dark){
:root{--ink:#e6ebf2;--faint:#93a0b3;--line:#2c3542;--paper:#151b23;--good:#4fbf83;--bad:#f0736a;--warn:#e0a54a;
--wait:#3a4656}
}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:960px;margin:2rem auto;
padding:0 1rem}
h1{font-size:1.3rem;margin:0}
h2{font-size:1rem;margin:2rem 0 .5rem}
.sub{color:var(--faint);margin:0 0 1.5rem}
h1,.sub{overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1.2rem;margin:0}
dt{color:var(--faint)}
dd{margin:0;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.35rem .8rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top}
th{font-weight:600;color:var(--faint)}
pre{margin:.3rem 0 0;white-space:pre-wrap;overflow-wrap:anywhere;color:var(--faint);font-size:13px}
.good{color:var(--good)}
.bad{color:var(--bad)}
.warn{color:var(--warn)}
.faint{color:var(--faint)}
td.right{text-align:right;white-space:nowrap}
th.right{text-align:right}
.lane{display:grid;grid-template-columns:13rem 1fr 15rem;gap:0 .9rem;align-items:center;font-size:13px}
.lane>span{overflow-wrap:anywhere}
.note{color:var(--faint)}
.track{position:relative;height:28px;border-right:2px dashed var(--bad);background:linear-gradient(var(--line),
var(--line)) 0/1px 100% no-repeat}
.track i{position:absolute;border-radius:2px;min-width:2px;top:5px;height:14px}
.track i.plan{top:21px;height:4px;background:var(--faint);opacity:.55}
i.good{background:var(--good)}
i.bad{background:var(--bad)}
i.faint,i.plain,i.warn{background:var(--wait)}
i.kept{background:var(--wait);opacity:.6}
.track i.tick{top:0;height:100%;width:1px;min-width:1px;background:var(--line)}
.axis .track{height:20px;border-color:transparent;background:none}
.axis b{position:absolute;font-weight:400;color:var(--faint);transform:translateX(-50%)}
.axis b:first-child{transform:none}
.axis b.end{transform:translateX(-100%)}
.track i.now{top:0;height:100%;width:2px;background:var(--ink);display:none}
.moving .track i.now{display:block}
.moving .axis i.now{display:none}
.later{opacity:.3}
#scrub{margin:.8rem 0 0}
#scrub input{width:100%;margin:0}
#scrub output{display:block;min-height:3em;font-size:14px}
@media (max-width:640px){
body{margin:1rem auto}
dl{display:block}
dd{margin:0 0 .5rem}
.lane{grid-template-columns:1fr;margin:0 0 .5rem}
.axis{position:sticky;top:0;background:var(--paper)}
.axis>span{display:none}
thead{display:none}
table,tbody,tr,td{display:block}
tr{border-bottom:1px solid var(--line);padding:.4rem 0}
td,td.right{border:0;padding:0;text-align:left;white-space:normal;overflow-wrap:anywhere}
td:empty{display:none}
td::before{content:attr(data-title) " ";color:var(--faint);font-size:12px}
}
</style>)";

/// Moves a cursor over the chart, says what was so at that moment, and fades what came later. Without scripts the page
/// is whole, and the slider hidden.
inline constexpr std::string_view kPageScript = R"((() => {
const all = s => [...document.querySelectorAll(s)], box = document.getElementById('scrub');
const slider = box.querySelector('input'), said = box.querySelector('output');
const span = (e, name) => e.dataset[name] ? e.dataset[name].split(',').map(Number) : null;
const seconds = ms => (ms < 0 ? '−' : '+') + Math.abs(ms / 1000).toFixed(1) + ' s';
const length = Number(box.dataset.length);
function show(at) {
  const parts = [], running = [], over = [], waiting = [];
  for (const lane of all('.lane[data-name]')) {
    const run = span(lane, 'run'), plan = span(lane, 'plan'), name = lane.dataset.name;
    const limit = plan ? ' (may run until ' + seconds(plan[1]) + ')' : '';
    if (run && run[0] <= at && at < run[1]) running.push(name + limit);
    else if (run && run[1] <= at) over.push(name + ': ' + lane.dataset.ended);
    else waiting.push(name);
  }
  if (running.length) parts.push('running: ' + running.join(', '));
  if (over.length) parts.push('over: ' + over.join(', '));
  if (waiting.length) parts.push('waiting: ' + waiting.join(', '));
  let last = {};
  for (const row of all('tr[data-at]')) {
    const later = Number(row.dataset.at) > at;
    row.classList.toggle('later', later);
    if (!later) last[row.dataset.kind] = row.dataset.text;
  }
  for (const kind in last) parts.push(last[kind]);
  said.textContent = seconds(at) + (at > length ? ', after the deadline' : '') + '. ' + parts.join('. ');
  for (const cursor of all('i.now')) cursor.style.left = Math.min(100, Math.max(0, at * 100 / length)) + '%';
  document.body.classList.add('moving');
}
slider.addEventListener('input', () => show(Number(slider.value)));
box.hidden = false;
})();
)";

}  // namespace preemptd::cli
