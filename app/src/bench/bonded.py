# The balances of `lianban bench bonded` by a plain program over `decimal`, and the plan by OR-tools; JSON goes to stdout.
# Standard input: "<book lines>;<moves>;<counts>;<bill rows>;<sources>;<sinks>", then as many lines of each, then the costs row by row.
import json
import sys
import time
from decimal import ROUND_HALF_UP, Decimal

STEP = Decimal("0.00001")
sizes = [int(x) for x in sys.stdin.readline().split(";")]
read = sys.stdin.readline
lines = [(int(a), Decimal(b), Decimal(c), d == "1") for a, b, c, d in (read().split() for _ in range(sizes[0]))]
moves = [(int(a), b, Decimal(c)) for a, b, c in (read().split() for _ in range(sizes[1]))]
counts = [(int(a), Decimal(b)) for a, b in (read().split() for _ in range(sizes[2]))]
bills = {}
for _ in range(sizes[3]):
    product, component, used = read().split()
    bills.setdefault(int(product), []).append((int(component), Decimal(used)))
supply = [int(x) for x in read().split()]
demand = [int(x) for x in read().split()]
cost = [[int(x) for x in read().split()] for _ in range(sizes[4])]

begun = time.perf_counter()
theory = {line: opening for line, opening, _, _ in lines}
base = dict(theory)
inflow = dict.fromkeys(theory, Decimal(0))
exported = {}
for line, kind, qty in moves:
    if kind == "in":
        theory[line] += qty
        base[line] += qty
        inflow[line] += qty
    elif kind == "out":
        theory[line] -= qty
    else:
        exported[line] = exported.get(line, Decimal(0)) + qty
consumed = {}
for product, qty in exported.items():
    for component, used in bills[product]:
        consumed[component] = consumed.get(component, Decimal(0)) + qty * used
for line, exact in consumed.items():
    theory[line] -= exact.quantize(STEP, rounding=ROUND_HALF_UP)
actual = dict.fromkeys(theory, Decimal(0))
for line, qty in counts:
    actual[line] += qty
diffs, customs, band, turnover = Decimal(0), 0, Decimal(0), Decimal(0)
for line, _, value, main in lines:
    diff = theory[line] - actual[line]
    diffs += abs(diff)
    turnover += (inflow[line] * value).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    if main:
        customs += abs(diff) > base[line] * Decimal("0.005")
    else:
        band += (abs(diff) * value).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
balances_s = time.perf_counter() - begun
found = {
    "balances_us": int(balances_s * 1_000_000),
    "theory": str(sum(theory.values())),
    "diff": str(diffs),
    "customs": customs,
    "band": str(band),
    "turnover": str(turnover),
}

try:
    import numpy
    from ortools.graph.python import min_cost_flow

    begun = time.perf_counter()
    flow = min_cost_flow.SimpleMinCostFlow()
    n, m = len(supply), len(demand)
    tails = numpy.repeat(numpy.arange(n), m)
    heads = numpy.tile(numpy.arange(n, n + m), n)
    room = numpy.minimum(numpy.array(supply)[tails], numpy.array(demand)[heads - n])
    flow.add_arcs_with_capacity_and_unit_cost(tails, heads, room, numpy.array(cost).reshape(-1))
    flow.set_nodes_supplies(numpy.arange(n + m), numpy.array(supply + [-wanted for wanted in demand]))
    solving = time.perf_counter()
    assert flow.solve_max_flow_with_min_cost() == flow.OPTIMAL
    now = time.perf_counter()
    found |= {
        "plan_us": int((now - begun) * 1_000_000),
        "solve_us": int((now - solving) * 1_000_000),
        "met": int(flow.maximum_flow()),
        "cost": int(flow.optimal_cost()),
    }
except ImportError:
    pass
print(json.dumps(found))
